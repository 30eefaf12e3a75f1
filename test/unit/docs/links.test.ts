import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, pages, readPage } from './support.js';

/** The anchor that hosts of Markdown give a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsIn(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));
}

describe('links between pages', () => {
  it.each(pages())('%s', (page) => {
    const text = readPage(page).replace(/^```.*?^```$/gms, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    for (const target of targets.filter((each) => !/^[a-z]+:/.test(each))) {
      const [file = '', anchor] = target.split('#');
      const absolute = file === '' ? path.join(ROOT, page) : path.resolve(ROOT, path.dirname(page), file);
      expect(existsSync(absolute), `${page} → ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsIn(absolute), `${page} → ${target}`).toContain(anchor);
    }
  });

  it('reach every page of docs/ from its index', () => {
    const index = readPage('docs/README.md');
    const missing = pages()
      .filter(
        (page) =>
          page.startsWith('docs/') && page !== 'docs/README.md' && !page.startsWith('docs/decisions/'),
      )
      .filter((page) => !index.includes(`(${page.slice('docs/'.length)})`));
    expect(missing).toEqual([]);
  });
});
