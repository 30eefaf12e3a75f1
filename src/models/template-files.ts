import path from 'node:path';
import { readFolder, templatesRoot } from '../render/template-files.js';

/** Where the templates of shipped models are, below `templates/`. */
const FOLDER = 'models';
const FRAGMENT = 'fragment/';

/** A shipped model's template. */
export interface ModelTemplate {
  /** From heapload's own folder, for messages and artifacts. */
  readonly file: string;
  readonly text: string;
}

export interface ModelTemplates {
  /** By name; a dialect's replace the shared ones, whole. */
  readonly templates: ReadonlyMap<string, ModelTemplate>;
  /** Those below `fragment/`, by bare name: every model may use them. */
  readonly fragments: ReadonlyMap<string, string>;
}

/** Templates of shipped models as a dialect has them. */
export function readModelTemplates(dialect: string): ModelTemplates {
  const templates = new Map<string, ModelTemplate>();
  for (const folder of ['shared', dialect]) {
    for (const [name, text] of readFolder(path.join(templatesRoot(), FOLDER, folder)))
      templates.set(name, { file: path.posix.join('templates', FOLDER, folder, `${name}.sql.hbs`), text });
  }
  const fragments = new Map<string, string>();
  for (const [name, { text }] of templates) {
    if (!name.startsWith(FRAGMENT)) continue;
    fragments.set(name.slice(FRAGMENT.length), text);
    templates.delete(name);
  }
  return { templates, fragments };
}
