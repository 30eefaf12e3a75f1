/**
 * Texts and lists of texts that many manifests repeat, each kept once: years of dumps name the same tables and columns
 * over and over, which is most of what their manifests would take in memory.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  list(list: readonly string[]): readonly string[] {
    const identity = JSON.stringify(list);
    const known = this.#lists.get(identity);
    if (known !== undefined) return known;
    const shared = list.map((text) => this.text(text));
    this.#lists.set(identity, shared);
    return shared;
  }
}

/** The same text, without the longer one it was cut out of, which would stay in memory with it. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
