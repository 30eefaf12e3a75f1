import { readFileSync } from 'node:fs';
import path from 'node:path';
import { templatesRoot } from './render/template-files.js';

/** heapload's own version, from its package.json. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file = path.join(templatesRoot(), '..', 'package.json');
  const content = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return content.version;
}
