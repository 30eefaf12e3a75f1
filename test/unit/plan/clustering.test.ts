import { describe, expect, it } from 'vitest';
import { checkClusteredTables, clusterColumns } from '../../../src/plan/clustering.js';
import { BYTES, INT64, JSON_TYPE, STRING } from '../../../src/schema/logical-types.js';
import type { Clustering } from '../../../src/warehouse/contract.js';

const TABLE = {
  name: 'click',
  keys: ['raw', 'A', 'b', 'c', 'd', 'e'],
  columns: [
    { name: 'label', type: STRING },
    { name: 'raw', type: BYTES },
    { name: 'more', type: JSON_TYPE },
    ...['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, type: INT64 })),
  ],
};

const request = (
  tables: Readonly<Record<string, readonly string[]>>,
): { readonly clustering: Clustering } => ({
  clustering: { by: 'request', tables, never: ['json'] },
});

describe('what a new table is clustered by', () => {
  it('is nothing where a warehouse does not cluster', () => {
    expect(clusterColumns({ clustering: undefined }, TABLE)).toEqual([]);
  });

  it('is its first keys, less those it cannot be clustered by', () => {
    const clustering: Clustering = { by: 'keys', most: 4, never: ['bytes'] };
    expect(clusterColumns({ clustering }, TABLE)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is what was asked for, in that order and as the table spells it', () => {
    expect(clusterColumns(request({ click: ['E', 'label'] }), TABLE)).toEqual(['e', 'label']);
    expect(clusterColumns(request({ other: ['e'] }), TABLE)).toEqual([]);
    expect(clusterColumns(request({}), { ...TABLE, name: 'constructor' })).toEqual([]);
  });

  it.each([
    ['nope', 'names nope, a column the table does not have'],
    ['more', 'names more, a column of json, by which none can be clustered'],
  ])('cannot be %s', (column, message) => {
    expect(() => clusterColumns(request({ click: ['label', column] }), TABLE)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(`warehouse.cluster_by.click ${message}`) as string,
        hint: expect.stringContaining('Its columns are label, raw, a, b') as string,
      }),
    );
  });

  it('cannot be asked for a table nobody knows', () => {
    const known = new Set(['click', 'users']);
    expect(() => {
      checkClusteredTables(request({ users: ['a'], clik: ['a'] }), known);
    }).toThrow(
      expect.objectContaining({
        code: 'TABLE_UNKNOWN',
        hint: expect.stringContaining('Known tables: click, users.') as string,
      }),
    );
    checkClusteredTables(request({ click: ['a'] }), known);
    checkClusteredTables({ clustering: { by: 'keys', most: 4, never: [] } }, known);
  });
});
