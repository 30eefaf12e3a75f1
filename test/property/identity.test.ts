import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INT64, type LogicalType, STRING, TIMESTAMP } from '../../src/schema/logical-types.js';
import type { Session } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { loadedTable, planShipped, shippedQuery } from '../support/shipped/compile.js';
import { identityMapOf } from '../support/shipped/merges.js';
import { statement } from '../support/shipped/statement.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

const SEED = Number(process.env['HEAPLOAD_PROPERTY_SEED'] ?? 20261124);
const RUNS = Number(process.env['HEAPLOAD_PROPERTY_RUNS'] ?? 150);

const dialect = WAREHOUSES.duckdb.dialect();

/** The query of `identity_map` over a map whose ids have those types. */
function identityQuery(
  from: LogicalType,
  to: LogicalType,
  keys: readonly string[] = ['from_user_id'],
): string {
  const columns = { from_user_id: from, to_user_id: to, time: TIMESTAMP };
  const tables = [loadedTable('user_migrations', keys, columns)];
  return shippedQuery(planShipped({ dialect, tables }), 'identity_map');
}

describe('identity_map', () => {
  let world: World;
  let session: Session;
  beforeAll(async () => {
    world = await World.create(duckdbTarget);
    await world.execute('CREATE SCHEMA heap');
    session = await world.connect();
  });
  afterAll(async () => {
    await session.close();
    await world.dispose();
  });

  /** The map as the query gives it: original → person, hops, circular. */
  async function built(query: string, rows: readonly string[], types = 'BIGINT, BIGINT'): Promise<string[]> {
    const [from, to] = types.split(', ');
    await statement(
      session,
      `CREATE OR REPLACE TABLE heap.user_migrations (
      from_user_id ${from ?? ''}, to_user_id ${to ?? ''}, time TIMESTAMP, _heapload_dump_id BIGINT)`,
    );
    if (rows.length > 0)
      await statement(session, `INSERT INTO heap.user_migrations VALUES ${rows.join(', ')}`);
    const found = await session.query(query);
    return found
      .map((row) =>
        ['original_user_id', 'user_id', 'hops', 'circular'].map((name) => String(row[name])).join(' '),
      )
      .sort();
  }

  it('is what following the merges one by one gives, over random maps', async () => {
    const query = identityQuery(INT64, INT64);
    await fc.assert(
      fc.asyncProperty(merges(), async (map) => {
        const rows = [...map].map(([from, to]) => `(${from}, ${to ?? 'NULL'}, NULL, 1)`);
        const expected = [...identityMapOf(map)].map(([id, person]) =>
          [id, person.id, person.hops, person.circular].map(String).join(' '),
        );
        expect(await built(query, rows)).toEqual(expected.sort());
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 100_000 },
    );
  });

  it('follows long chains and long circles, and ways into them, to the end', async () => {
    const query = identityQuery(INT64, INT64);
    const chain = Array.from({ length: 300 }, (_, index) => `(${index}, ${index + 1}, NULL, 1)`);
    const found = await built(query, chain);
    expect(found).toHaveLength(300);
    expect(found).toContain('0 300 300 false');
    const circle = Array.from(
      { length: 300 },
      (_, index) => `(${index + 9}, ${((index + 1) % 300) + 9}, NULL, 1)`,
    );
    const round = await built(query, [...circle, '(1, 2, NULL, 1)', '(2, 100, NULL, 1)']);
    expect(round).toHaveLength(302);
    expect(new Set(round.map((row) => row.split(' ')[1]))).toEqual(new Set(['9']));
    expect(round).toContain('9 9 0 true');
    expect(round).toContain('1 9 211 true');
  });

  it('compares ids as text when one of the two columns is text', async () => {
    const query = identityQuery(STRING, INT64);
    const rows = ["('1', 2, NULL, 1)", "('2', 10, NULL, 1)", "('x', 1, NULL, 1)"];
    expect(await built(query, rows, 'VARCHAR, BIGINT')).toEqual([
      '1 10 2 false',
      '2 10 1 false',
      'x 10 3 false',
    ]);
  });

  it('takes the newest merge of an id when the key of the table allows several', async () => {
    const query = identityQuery(INT64, INT64, ['from_user_id', 'to_user_id']);
    const rows = ['(1, 2, NULL, 7)', '(1, 3, NULL, 8)', '(1, 9, NULL, 7)', '(4, 1, NULL, 1)'];
    expect(await built(query, rows)).toEqual(['1 3 1 false', '4 3 2 false']);
  });
});

/** Few ids, so that chains, fans, circles and loops meet; some larger than a JavaScript number; some targets NULL. */
function merges(): fc.Arbitrary<ReadonlyMap<bigint, bigint | null>> {
  return fc.integer({ min: 2, max: 14 }).chain((count) => {
    const id = fc
      .integer({ min: 0, max: count - 1 })
      .map((n) => (n % 3 === 0 ? 2n ** 62n + BigInt(n) : BigInt(n)));
    const target = fc.option(id, { freq: 12 });
    return fc.array(fc.tuple(id, target), { maxLength: 16 }).map((pairs) => new Map(pairs));
  });
}
