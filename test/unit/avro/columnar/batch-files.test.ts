import { expect, it } from 'vitest';
import { BatchFiles } from '../../../../src/avro/columnar/batch-files.js';
import { Batch } from '../../../../src/avro/columnar/batch.js';
import { parseSchema } from '../../../../src/avro/parse-schema.js';
import { STRING } from '../../../../src/schema/logical-types.js';
import { valueAt } from '../../../support/column-values.js';
import { recordOf, text } from '../support.js';

it('files of one schema have their rows in one batch, in the columns of each', () => {
  const schema = parseSchema(JSON.stringify(recordOf('string', 'string')));
  const batch = new Batch([STRING, STRING]);
  const staged = new Map([
    [0, 0],
    [1, 1],
  ]);
  const files = new BatchFiles(batch, staged);
  const bytes = Buffer.concat([text('a'), text('b')]);
  const block = { rows: 1, offset: 0, packed: bytes, bytes };
  const targets = [
    [0, 1],
    [1, 0],
    [0, 1],
    [-1, 1],
  ];
  for (const [index, each] of targets.entries()) {
    const rows = files.open({ index, key: `${index}.avro`, schema, targets: each });
    rows.start(block);
    expect(rows.fill(index)).toBe(true);
  }
  expect(batch.rows).toBe(4);
  const found = targets.map((_, row) => batch.columns.map((column) => valueAt(batch, column, row)));
  expect(found).toEqual([
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
    [null, 'b'],
  ]);
});
