import { expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { cli, oneFile } from './support.js';

const NAMES = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'select',
  'table',
  'group',
  '_leading_',
  'Mixed Case — é',
];

/** Table names and Avro field names that mean something to JavaScript or to SQL. */
it('tables and columns of any name load like others, twice', async () => {
  const world = await World.create(duckdbTarget);
  try {
    // The library that writes these files cannot write a field called __proto__.
    const columns = NAMES.filter((name) => /^\w+$/.test(name) && name !== '__proto__');
    const fields = { event_id: 'long', ...Object.fromEntries(columns.map((name) => [name, 'string'])) };
    const row = (id: bigint) => ({
      event_id: id,
      ...Object.fromEntries(columns.map((name) => [name, `${name}; ${id.toString()}`])),
    });
    const tables = (ids: readonly bigint[]) => NAMES.map((name) => oneFile(name, fields, ids.map(row)));
    await world.write({ dumpId: 1n, tables: tables([1n, 2n]) });
    expect(await cli(['run', '-c', world.configFile])).toMatchObject({ code: 0, stderr: '' });
    await world.write({ dumpId: 2n, tables: tables([2n, 3n]) });
    expect(await cli(['run', '-c', world.configFile])).toMatchObject({ code: 0, stderr: '' });
    const folded = NAMES.map((name) => (name.startsWith('Mixed') ? 'mixed_case_' : name.toLowerCase()));
    for (const table of folded)
      expect(await world.rows(table, 'event_id'), table).toEqual([1n, 2n, 3n].map(row));
    expect((await cli(['discover', '-c', world.configFile])).code).toBe(0);
    expect((await cli(['reset', 'constructor', '--yes', '-c', world.configFile])).code).toBe(0);
    expect((await cli(['run', '-c', world.configFile])).stdout).toContain('Done: 2 loads committed.');
    expect(await world.rows('constructor', 'event_id')).toEqual([1n, 2n, 3n].map(row));
  } finally {
    await world.dispose();
  }
});
