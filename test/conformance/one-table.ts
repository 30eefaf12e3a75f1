import type { World } from '../support/world.js';
import type { Row, RowValue } from '../../src/warehouse/contract.js';
import type { Bench } from './bench.js';
import { type Fields, dump, file, full, incremental } from './data.js';

/** One file of rows in a table `t`, numbered from 0 by `event_id`, and what was loaded of it. */
export async function loadRows(
  bench: Bench,
  fields: Fields,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<{ readonly world: World; readonly rows: readonly Row[] }> {
  const numbered = rows.map((row, n) => ({ event_id: BigInt(n), ...row }));
  const world = await bench.loaded({}, dump(1n, full('t', file({ event_id: 'long', ...fields }, numbered))));
  return { world, rows: await world.rows('t', 'event_id') };
}

/** Values of one Avro type in a column `time` of a table `click`, and what became of them. */
export async function loadTimes(
  bench: Bench,
  type: unknown,
  values: readonly unknown[],
): Promise<{ readonly world: World; readonly times: readonly (RowValue | undefined)[] }> {
  const rows = values.map((time, n) => ({ event_id: BigInt(n), time }));
  const delivered = file({ event_id: 'long', time: type }, rows);
  const world = await bench.loaded({}, dump(1n, incremental('click', delivered)));
  return { world, times: (await world.rows('click', 'event_id')).map((row) => row['time']) };
}
