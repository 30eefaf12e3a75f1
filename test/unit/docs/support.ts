import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const MAIN = path.join(ROOT, 'dist/cli/heapload.js');

/** A fenced block of a page. */
export interface Block {
  /** First word after the fence. */
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

/** All pages that are held to the code, relative to the project. */
export function pages(): readonly string[] {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join('docs', file.split(path.sep).join('/')))
    .sort();
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md', ...docs];
}

export function readPage(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}

export function blocksOf(page: string, language: string): readonly Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)]
    .map((match) => ({
      language: match[1] ?? '',
      text: match[2] ?? '',
      line: text.slice(0, match.index).split('\n').length,
    }))
    .filter((block) => block.language === language);
}

/** The cells of every Markdown table whose header has these names, less code marks. */
export function tableRows(markdown: string, header: readonly string[]): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined;
    if (cells === undefined) inside = false;
    else if (header.every((name, n) => cells[n] === name)) inside = true;
    else if (inside && !cells.every((cell) => /^-+$/.test(cell))) rows.push(cells);
  }
  return rows;
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Words in code marks. */
export function codeWords(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that looks like the project to somebody who types commands from a page into a shell. */
export class Desk {
  readonly folder: string;
  readonly #bin: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#bin = path.join(folder, 'bin');
  }

  static async create(): Promise<Desk> {
    const desk = new Desk(await mkdtemp(path.join(os.tmpdir(), 'heapload-docs-')));
    await cp(path.join(ROOT, 'examples'), path.join(desk.folder, 'examples'), { recursive: true });
    await cp(path.join(ROOT, 'integration.yml'), path.join(desk.folder, 'integration.yml'));
    await symlink(path.join(ROOT, 'dist'), path.join(desk.folder, 'dist'));
    await mkdir(desk.#bin);
    await desk.#command('heapload', `exec "${process.execPath}" "${MAIN}" "$@"`);
    await desk.#command('npx', '[ "$1" = heapload ] && shift && exec heapload "$@"');
    return desk;
  }

  async #command(name: string, body: string): Promise<void> {
    await writeFile(path.join(this.#bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  async shell(line: string): Promise<Outcome> {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      PATH: `${this.#bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    };
    return await new Promise((resolve) => {
      const options = { cwd: this.folder, env, maxBuffer: 64 * 1024 * 1024 };
      execFile('/bin/sh', ['-c', line], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode: code, stdout, stderr });
      });
    });
  }

  async read(file: string): Promise<Buffer> {
    return await readFile(path.join(this.folder, file));
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    await writeFile(path.join(this.folder, file), content);
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
