import type { DumpSpec } from '../../support/dump-writer.js';

const schema = {
  type: 'record',
  name: 'topLevelRecord',
  fields: [
    { name: 'event_id', type: ['null', 'long'] },
    { name: 'time', type: ['null', 'string'] },
    { name: 'label', type: ['null', 'string'] },
  ],
} as const;

export interface Click {
  readonly event_id: bigint;
  readonly time: string | null;
  readonly label: string;
}

export function click(id: number, time: string | null, label: string): Click {
  return { event_id: BigInt(id), time, label };
}

/** One table `click`, each list of rows a file of its own. */
export function clicks(
  dumpId: bigint,
  incremental: boolean,
  ...files: readonly (readonly Click[])[]
): DumpSpec {
  return {
    dumpId,
    tables: [
      {
        name: 'click',
        incremental,
        files: files.map((rows) => ({ schema, rows: rows.map((row) => ({ ...row })) })),
      },
    ],
  };
}
