import { describe, expect, it } from 'vitest';
import { scheduleFiles } from '../../../src/plan/schedule-files.js';
import { fileIdentity } from '../../../src/plan/state.js';
import type { SourceFile } from '../../../src/source/files-layout.js';
import { TABLES, ledger } from './support.js';

const file = (key: string, modifiedAt: number, etag = 'e'): SourceFile => ({
  key,
  etag,
  modifiedAt,
  size: 1,
  sortKey: `s${key}`,
});

function schedule(
  files: Readonly<Record<string, readonly SourceFile[]>>,
  more: Partial<Parameters<typeof scheduleFiles>[0]> = {},
) {
  const scope = { tables: undefined, toDump: undefined };
  return scheduleFiles({
    tables: TABLES,
    ledger: ledger(),
    scope,
    files: new Map(Object.entries(files)),
    ...more,
  });
}

describe('layout files', () => {
  it('one load a table, of the files the ledger does not know by key and etag', () => {
    const known = ledger({ files: new Set([fileIdentity('a', 'e')]) });
    const { loads, newDumps } = schedule(
      { click: [file('a', 5), file('b', 5), file('c', 4)] },
      { ledger: known },
    );
    expect(loads.map((load) => [load.mode, load.dumpId, load.files.map((each) => each.key)])).toEqual([
      ['merge', 5n, ['b', 'c']],
    ]);
    expect(newDumps.map((dump) => dump.loads.map((load) => load.files))).toEqual([[2]]);
    expect(schedule({ click: [file('a', 5, 'changed')] }, { ledger: known }).loads).toHaveLength(1);
    expect(schedule({ click: [file('a', 5)] }, { ledger: known })).toMatchObject({ loads: [], newDumps: [] });
  });

  it('a load is named by its files: the same ones give the same name, others another', () => {
    const id = (...files: readonly SourceFile[]) => schedule({ click: files }).loads[0]?.loadId;
    expect(id(file('a', 5))).toMatch(/^files-[0-9a-f]{16}\/click$/);
    expect(id(file('a', 5))).toBe(id(file('a', 9)));
    expect(
      new Set([id(file('a', 5)), id(file('a', 5, 'f')), id(file('b', 5)), id(file('a', 5), file('b', 5))])
        .size,
    ).toBe(4);
  });

  it('the scope counts modification times as dumps', () => {
    const scope = { tables: undefined, toDump: 5n };
    const { loads } = schedule({ click: [file('a', 5.9), file('b', 6)] }, { scope });
    expect(loads[0]?.files.map((each) => each.key)).toEqual(['a']);
  });

  it('excluded tables are not recorded, colliding ones fail', () => {
    const { loads, failures, newDumps } = schedule({
      _event_metadata: [file('a', 1)],
      'Sign Up': [file('b', 1)],
      sign_up: [file('c', 1)],
    });
    expect({ loads, newDumps }).toEqual({ loads: [], newDumps: [] });
    expect(failures.map((failure) => [failure.table, failure.error.code])).toEqual([
      ['sign_up', 'NAME_COLLISION'],
    ]);
  });

  it('a source without files is told', () => {
    expect(schedule({}).notes).toHaveLength(1);
    expect(schedule({ click: [file('a', 1)] }).notes).toEqual([]);
  });
});
