import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

// Makes one program of the build's modules and of the packages they import, so that it starts by reading tens of files where
// it would read hundreds. What is imported when it is needed stays a file of its own.
const DIST = path.join(import.meta.dirname, '..');
/** Native code, and the SDKs of vendors, each hundreds of files that few commands need: they stay packages. */
const STAY = [
  /^@aws-sdk\//,
  /^@duckdb\/node-bindings$/,
  /^@google-cloud\//,
  /^@node-rs\/crc32$/,
  /^@smithy\//,
  /^google-auth-library$/,
  /^snappy$/,
  /^snowflake-sdk$/,
];
const PACKAGE = /^.*\/node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//;
const LICENSE = /^licen[cs]e/i;

await bundle('src/cli/main.js', 'cli/heapload.js');
await bundle('bench/duckdb/contestants/heapload.js', 'bench/bundled/heapload.js');

async function bundle(from: string, to: string): Promise<void> {
  const { dir, name } = path.parse(path.join(DIST, to));
  const build = await rolldown({
    input: { [name]: path.join(DIST, from) },
    platform: 'node',
    external: STAY,
    preserveEntrySignatures: false,
  });
  const { output } = await build.write({
    dir,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: chunkOf, debugName: 'packages' }],
    },
  });
  await build.close();
  // What modules look for beside themselves.
  for (const companion of ['src/render/compiled', 'src/avro/columnar/rows.wasm'])
    cpSync(path.join(DIST, companion), path.join(dir, path.basename(companion)), { recursive: true });
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const packages = new Set(modules.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []));
  writeFileSync(path.join(dir, 'LICENSES.txt'), [...packages].sort().map(licenseOf).join('\n'));
}

/** Each package has a file of its own. */
function chunkOf(id: string): string | null {
  const name = PACKAGE.exec(id)?.groups?.['name'];
  return name === undefined ? null : `packages/${name}`;
}

/** What a package asks to be passed on with its code. */
function licenseOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package;
  const file = readdirSync(folder).find((entry) => LICENSE.test(entry));
  if (file === undefined) throw new Error(`${name} has no license to pass on`);
  return `${name} ${version}\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}

interface Package {
  readonly name: string;
  readonly version: string;
}
