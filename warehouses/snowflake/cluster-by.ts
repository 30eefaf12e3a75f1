import { z } from 'zod';
import { foldTableName, nameKey } from '../../src/schema/identifiers.js';

const column = z.string({ error: 'expected the name of a column' }).min(1, 'expected the name of a column');

/** `cluster_by`: final table name → columns in order. Whether there are such tables and columns, planning sees. */
export const clusterBy = z
  .record(
    z.string(),
    z
      .array(column, { error: 'expected a list of columns' })
      .min(1, 'expected at least one column; a table that is not named here is not clustered'),
    { error: 'expected a mapping of tables to lists of columns' },
  )
  .superRefine((tables, context) => {
    for (const [table, columns] of Object.entries(tables)) {
      const final = foldTableName(table);
      if (final !== table || table === '') {
        const expected = final === '' ? "the table's name" : final;
        const message = `tables go by their names in the warehouse here; expected ${expected}`;
        context.addIssue({ code: 'custom', path: [table], message });
      }
      const keys = columns.map(nameKey);
      keys.forEach((key, place) => {
        if (keys.indexOf(key) === place) return;
        context.addIssue({ code: 'custom', path: [table, place], message: 'expected each column once' });
      });
    }
  });
