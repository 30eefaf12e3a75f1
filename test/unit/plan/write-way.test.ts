import { describe, expect, it } from 'vitest';
import { decidingColumns, refusedBy } from '../../../src/plan/staging.js';
import type { AssignedColumn, Source } from '../../../src/plan/steps.js';
import { type WriteInputs, writeWay } from '../../../src/plan/write-way.js';
import { INT64, type LogicalType, STRING, TIMESTAMP } from '../../../src/schema/logical-types.js';

function source(staged: string, from: LogicalType = STRING): Source {
  return { staged, from, conversion: 'keep' };
}

function assigned(name: string, more: Partial<AssignedColumn> = {}): AssignedColumn {
  return { name, type: STRING, origin: name, sources: [source(name)], keptFor: [], ...more };
}

function table(...names: readonly string[]): NonNullable<WriteInputs['table']> {
  return {
    name: 't',
    columns: names.map((name) => ({ name, type: STRING, nativeType: 'VARCHAR', origin: undefined })),
    partitionedBy: undefined,
  };
}

describe('how rows get into their table', () => {
  const inputs: WriteInputs = {
    mode: 'merge',
    rereads: true,
    table: table('event_id', 'Label', '_heapload_dump_id'),
    columns: [assigned('event_id'), assigned('label')],
    own: ['_heapload_dump_id'],
    orderBy: 'dump',
  };

  it('a full resync of a table that is there replaces', () => {
    for (const rereads of [true, false])
      expect(writeWay({ ...inputs, mode: 'replace', rereads })).toBe('replace');
  });

  it('without reading again there is one way', () => {
    expect(writeWay({ ...inputs, rereads: false })).toBe('merge');
    expect(writeWay({ ...inputs, rereads: false, table: undefined })).toBe('merge');
  });

  it('a table that the load creates is what it staged, whether it merges or is a resync', () => {
    for (const mode of ['merge', 'replace'] as const)
      expect(writeWay({ ...inputs, mode, table: undefined })).toBe('adopt');
  });

  it('but where rows are ordered by file they are inserted', () => {
    for (const mode of ['merge', 'replace'] as const)
      expect(writeWay({ ...inputs, mode, orderBy: 'file', table: undefined })).toBe('insert');
  });

  it('rows are exchanged when nothing of an old one is kept; case does not make another column', () => {
    expect(writeWay(inputs)).toBe('exchange');
  });

  it('rows are merged when the table has a column that the load lacks', () => {
    expect(writeWay({ ...inputs, table: table('event_id', 'label', 'plan') })).toBe('merge');
  });

  it('rows are merged when values of some file went elsewhere', () => {
    const columns = [assigned('event_id'), assigned('label', { keptFor: [{ first: 1, last: 1 }] })];
    expect(writeWay({ ...inputs, columns })).toBe('merge');
  });
});

describe('columns that decide about rows', () => {
  const names = (columns: readonly { name: string }[]): string[] => columns.map(({ name }) => name);
  const staged = ['label', 'event_id', 'time', 'joined', 'event_id__string'].map((name) => ({
    name,
    type: STRING,
  }));
  const time: AssignedColumn = assigned('time', { type: TIMESTAMP });
  const key = assigned('event_id', {
    type: INT64,
    sources: [source('event_id', INT64), source('event_id__string')],
  });
  const publish = {
    keys: ['EVENT_ID'],
    columns: [key, assigned('label'), time],
    rejectable: [] as { column: string; source: Source }[],
    startFilter: undefined as { sources: readonly Source[]; micros: bigint } | undefined,
  };

  it('are those of keys, in all types they are staged in', () => {
    expect(names(decidingColumns(publish, staged))).toEqual(['event_id', 'event_id__string']);
  });

  it('and those of values that may be refused, and of the start date', () => {
    const rejectable = [{ column: 'joindate', source: source('joined') }];
    const startFilter = { sources: [source('time')], micros: 0n };
    expect(names(decidingColumns({ ...publish, rejectable }, staged))).toEqual([
      'event_id',
      'joined',
      'event_id__string',
    ]);
    expect(names(decidingColumns({ ...publish, startFilter }, staged))).toEqual([
      'event_id',
      'time',
      'event_id__string',
    ]);
  });

  describe('are kept in a candidate where the final column has no value', () => {
    const joined = assigned('joindate', { type: TIMESTAMP, sources: [source('joined')] });

    it('when it is the only one that takes them, and takes no others', () => {
      expect(refusedBy({ ...publish, columns: [key, joined] }, 'joined')).toBe('joindate');
    });

    it('not when a value of another staged column may stand there', () => {
      const either = { ...joined, sources: [source('joined'), source('time')] };
      expect(refusedBy({ ...publish, columns: [key, either] }, 'joined')).toBeUndefined();
    });

    it('not when another column takes them too', () => {
      const twice = [key, joined, { ...joined, name: 'joined_at' }];
      expect(refusedBy({ ...publish, columns: twice }, 'joined')).toBeUndefined();
    });

    it('not when rows are chosen by them', () => {
      const startFilter = { sources: [source('time')], micros: 0n };
      expect(refusedBy({ ...publish, startFilter }, 'time')).toBeUndefined();
      expect(refusedBy(publish, 'event_id__string')).toBeUndefined();
    });
  });
});
