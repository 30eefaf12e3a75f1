import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SUFFIX = '.sql.hbs';

/** Templates of one dialect by name (`merge`, `convert/keep`): the shared ones, whole files replaced by the dialect's. */
export function readTemplates(dialect: string): ReadonlyMap<string, string> {
  const root = templatesRoot();
  return new Map([...readFolder(path.join(root, 'shared')), ...readFolder(path.join(root, dialect))]);
}

/** The `templates/` folder beside package.json, from the sources and from a build alike. */
export function templatesRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'templates', 'shared'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('heapload is installed without its templates/ folder');
    folder = parent;
  }
  return path.join(folder, 'templates');
}

/** Name and text of the templates below a folder; none when it is not there. */
export function readFolder(folder: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .map((file) => {
      const name = file.slice(0, -SUFFIX.length).split(path.sep).join('/');
      return [name, withoutLastBreak(readFileSync(path.join(folder, file), 'utf8'))];
    });
}

/** A text of several lines keeps its last line break: Handlebars eats the one behind a partial on a line of its own. */
function withoutLastBreak(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.includes('\n') ? `${trimmed}\n` : trimmed;
}
