import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compiledModule } from '../src/render/compile.js';
import { WAREHOUSES } from '../src/warehouse/registry.js';

// Compiles the templates of statements, dialect by dialect, into the build: src/render/templates.ts takes them from there.
const FOLDER = path.join(import.meta.dirname, '../src/render/compiled');

mkdirSync(FOLDER, { recursive: true });
for (const warehouse of Object.values(WAREHOUSES)) {
  const dialect = warehouse.dialect();
  writeFileSync(path.join(FOLDER, `${dialect.name}.cjs`), compiledModule(dialect));
}
