import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoDatabase, openDemo } from '../../../scripts/demo/database.js';
import { LEDGER, LEDGER_COLUMNS, type LedgerTable } from '../../../src/plan/ledger.js';
import { DUMP_ID_COLUMN, FILE_KEY_COLUMN } from '../../../src/schema/identifiers.js';
import { typeName } from '../../../src/schema/logical-types.js';
import { Desk, blocksOf, codeWords, readPage, tableRows } from './support.js';

const page = readPage('docs/ledger.md');

/** The text below `## <title>` up to the next heading of that level. */
function section(title: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

function documented(text: string): readonly (readonly [string | undefined, string | undefined])[] {
  return tableRows(text, ['column', 'type', 'meaning']).map(
    ([name = '', type]) => [codeWords(name)[0], type] as const,
  );
}

describe('docs/ledger.md', () => {
  it.each(Object.keys(LEDGER) as LedgerTable[])(
    'has every column of the %s table, in order, and no other',
    (table) => {
      const columns = LEDGER_COLUMNS[table].map(({ name, type }) => [name, typeName(type)]);
      expect(documented(section(`\`${LEDGER[table]}\``))).toEqual(columns);
    },
  );

  it('has the columns heapload adds to final tables', () => {
    const names = documented(section('Columns in your own tables')).map(([name]) => name);
    expect(names).toEqual([DUMP_ID_COLUMN, FILE_KEY_COLUMN]);
  });

  it('has every status of a load', () => {
    const statuses = tableRows(section(`\`${LEDGER.loads}\``), ['status', 'meaning']).map(
      ([name = '']) => codeWords(name)[0],
    );
    expect(statuses).toEqual(['pending', 'loaded', 'nothing', 'superseded', 'excluded']);
  });
});

describe('queries that the pages show', () => {
  let desk: Desk;
  let database: DemoDatabase;
  beforeAll(async () => {
    desk = await Desk.create();
    const { exitCode, stderr } = await desk.shell('heapload run --to-dump 98 && heapload run');
    expect(exitCode, stderr).toBe(0);
    database = await openDemo(path.join(desk.folder, 'heapload.duckdb'));
  });
  afterAll(async () => {
    database.close();
    await desk.dispose();
  });

  const queries = ['docs/ledger.md', 'docs/warehouses/duckdb.md'].flatMap((name) =>
    blocksOf(name, 'sql').map((block) => ({ place: `${name}:${block.line}`, sql: block.text })),
  );

  /** Queries that look for something which must not be there. */
  const empty = /rows_read <> rows_staged|status = 'skipped'/;

  it.each(queries)('$place', async ({ sql }) => {
    const { header, rows } = await database.query(sql);
    expect(header.length).toBeGreaterThan(0);
    if (empty.test(sql)) expect(rows).toEqual([]);
    else expect(rows.length).toBeGreaterThan(0);
  });
});
