import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { cli, oneFile } from './support.js';

const NEXT =
  'Compare it with the copy in the source bucket. If that one is the same, ask Heap for the dump again.';

let world: World;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write({ dumpId: 9n, tables: [oneFile('users', { user_id: 'long' }, [{ user_id: 1n }])] });
});
afterEach(async () => {
  await world.dispose();
});

describe('a manifest that cannot be used', () => {
  const broken: readonly [string, string, string, string][] = [
    ['no JSON', '{"dump_id": 10,\n "tables": [}', 'it is not JSON: expected a value, found "}"', ':2:13'],
    [
      'another shape',
      '{"dump_id": 10, "tables": [{"name": 3, "files": "x"}, {"name": "u", "files": [], "incremental": "no"}]}',
      'tables[0].name: Invalid input: expected string, found a number; ' +
        'tables[0].files: Invalid input: expected array, found string; ' +
        'tables[0].incremental: Invalid input: expected boolean, found nothing; and 1 more',
      '',
    ],
    [
      'the wrong number',
      '{"dump_id": 11, "tables": []}',
      'its dump_id is 11, but the name of the file says 10',
      '',
    ],
  ];

  it.each(broken)('%s', async (_, text, reason, position) => {
    await writeFile(path.join(world.root, 'manifests/sync_10.json'), text);
    const told =
      `error MANIFEST_INVALID: Manifest manifests/sync_10.json cannot be used: ${reason}.\n` +
      `  where: dump 10 · manifests/sync_10.json${position}\n  next:  ${NEXT}\n`;
    expect(await cli(['run', '-c', world.configFile])).toMatchObject({
      code: 1,
      stderr: `${told}Failed: 1 failure, 1 load committed.\n`,
    });
    expect(await world.rows('users', 'user_id')).toEqual([{ user_id: 1n }]);
    const plan = await cli(['plan', '-c', world.configFile]);
    expect(plan.code).toBe(1);
    expect(plan.stderr.startsWith(told)).toBe(true);
  });

  it('holds up later dumps, and lets them go when it is mended', async () => {
    await writeFile(path.join(world.root, 'manifests/sync_10.json'), '{');
    await world.write({ dumpId: 11n, tables: [oneFile('users', { user_id: 'long' }, [{ user_id: 2n }])] });
    const { code, stderr } = await cli(['run', '-c', world.configFile]);
    expect(code).toBe(1);
    expect(stderr).toContain('note: dump 11 · table users: waits for dump 10, which cannot be loaded\n');
    expect(await world.rows('users', 'user_id')).toHaveLength(1);
    await writeFile(path.join(world.root, 'manifests/sync_10.json'), '{"dump_id": 10, "tables": []}');
    expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
    expect(await world.rows('users', 'user_id')).toHaveLength(2);
  });

  it('a URI of another bucket stops its table', async () => {
    const foreign = await world.reconfigured({ source: { bucket: 'heap-rs3-acme-prod' } });
    await world.write({
      dumpId: 10n,
      bucket: 'other',
      tables: [oneFile('click', { event_id: 'long' }, [{ event_id: 1n }])],
    });
    expect(await cli(['run', '-c', foreign.configFile])).toMatchObject({
      code: 1,
      stderr:
        'error URI_FOREIGN: File URI "s3://other/sync_10/click/a.avro" names bucket "other", but the source is bucket "heap-rs3-acme-prod".\n' +
        '  where: dump 10 · table click · manifests/sync_10.json\n' +
        '  next:  If other is another name of heap-rs3-acme-prod, or its dumps were copied there, add it: source.bucket_aliases: ["other"]. Otherwise correct source.bucket.\n' +
        'Failed: 1 failure, 1 load committed.\n',
    });
    const aliased = await world.reconfigured({
      source: { bucket: 'heap-rs3-acme-prod', bucket_aliases: ['other'] },
    });
    expect((await cli(['run', '-c', aliased.configFile])).code).toBe(0);
    expect(await world.rows('click', 'event_id')).toHaveLength(1);
  });

  it('a table listed twice stops that table', async () => {
    const file = path.join(world.root, 'manifests/sync_9.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { tables: unknown[] };
    const twice = { name: 'click', files: [], incremental: true };
    await writeFile(file, JSON.stringify({ ...manifest, tables: [...manifest.tables, twice, twice] }));
    const { code, stderr } = await cli(['run', '-c', world.configFile]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error MANIFEST_DUPLICATE: The manifest lists table click more than once: tables[1] (incremental: true, 0 files) and tables[2] (incremental: true, 0 files).\n' +
        '  where: dump 9 · table click · manifests/sync_9.json\n' +
        '  next:  Which entry holds cannot be known. Correct the manifest, or ask Heap for the dump again.\n' +
        'Failed: 1 failure, 1 load committed.\n',
    );
    expect(await world.rows('users', 'user_id')).toHaveLength(1);
  });

  it('a pending dump whose manifest is gone is an error, not silence', async () => {
    await world.write({ dumpId: 10n, tables: [oneFile('click', { event_id: 'long' }, [{ event_id: 1n }])] });
    await rm(path.join(world.root, 'sync_10/click/a.avro'));
    expect((await cli(['run', '-c', world.configFile])).code).toBe(1);
    await rm(path.join(world.root, 'manifests/sync_10.json'));
    expect(await cli(['run', '-c', world.configFile])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error SOURCE_MISSING: The manifest of a dump that still has to be loaded is gone.\n' +
        '  where: dump 10 · table click\n' +
        "  next:  Restore the manifest in the source. If its rows are not needed, set the status of load_id '10/click' to 'superseded' in _heapload_loads.\n" +
        'Failed: 1 failure, 0 loads committed.\n',
    });
  });
});

describe('a source', () => {
  it('that does not exist', async () => {
    await rm(world.root, { recursive: true });
    const expected = {
      code: 1,
      stdout: '',
      stderr:
        `error SOURCE_MISSING: There is no directory ${world.root}.\n  where: ${world.root}\n` +
        '  next:  Set source.path to the directory that holds manifests/ and sync_<id>/; a relative path starts at the folder of integration.yml.\n',
    };
    expect(await cli(['run', '-c', world.configFile])).toEqual(expected);
    expect(await cli(['plan', '--offline', '-c', world.configFile])).toEqual(expected);
    expect(await cli(['discover', '-c', world.configFile])).toEqual(expected);
  });

  it('without dumps is told, since it is mostly a wrong prefix', async () => {
    const wrong = await world.reconfigured({ source: { prefix: 'elsewhere' } });
    await mkdir(path.join(world.root, 'elsewhere'));
    const note = 'note: the source holds no dumps: it has no manifests/sync_<id>.json below source.prefix\n';
    expect(await cli(['run', '-c', wrong.configFile])).toEqual({
      code: 0,
      stdout: 'Nothing to do: no dump is pending.\n',
      stderr: note,
    });
    expect((await cli(['plan', '-c', wrong.configFile])).stderr).toContain(note);
    const files = await world.reconfigured({ source: { prefix: 'elsewhere', layout: 'files' } });
    expect((await cli(['run', '-c', files.configFile])).stderr).toBe(
      'note: the source holds no files: nothing below source.prefix fits sync_<n>/<table>/ or source.patterns\n',
    );
  });
});
