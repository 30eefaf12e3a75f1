const END = '!';
const LOW = '#';
const HIGH = '~';
const TOKEN = /[0-9]+|[^]/gu;

/**
 * Encodes a key so that comparing encoded keys as plain text orders them numeric-aware: `sync_999` before
 * `sync_1000`, digit runs of any length compared as numbers, other characters by code point, a number standing
 * where `0` stands among them. Keys that differ in leading zeros only follow each other, fewer zeros first (the
 * first run that differs decides). Distinct keys have distinct encodings.
 *
 * Every encoding is made of the characters `!` and `#` to `~`, so JavaScript's comparison, UTF-8 byte order and any
 * binary collation agree.
 */
export function naturalSortKey(key: string): string {
  let encoded = '';
  let zeros = '';
  let padded = false;
  for (const [token] of key.matchAll(TOKEN)) {
    if (!/^[0-9]/.test(token)) {
      encoded += encodeCharacter(token);
      continue;
    }
    const digits = token.replace(/^0+(?=[0-9])/, '');
    encoded += encodeCount(digits.length) + digits;
    zeros += encodeCount(token.length - digits.length);
    padded ||= token.length > digits.length;
  }
  return padded ? encoded + END + zeros : encoded;
}

/** The escapes are of fixed width, and their marks stand below and above every character that is left as it is. */
function encodeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= LOW.charCodeAt(0)) return LOW + code.toString(16).padStart(2, '0');
  if (code >= HIGH.charCodeAt(0)) return HIGH + code.toString(16).padStart(6, '0');
  return character;
}

/** A count below a thousand million with its own width in front, so that longer counts compare as greater. */
function encodeCount(count: number): string {
  const text = String(count);
  return String(text.length) + text;
}
