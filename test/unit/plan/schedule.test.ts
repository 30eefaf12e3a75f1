import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import type { Scope } from '../../../src/plan/schedule-types.js';
import { scheduleManifests, wantedManifests } from '../../../src/plan/schedule.js';
import type { LedgerState } from '../../../src/plan/state.js';
import type { Manifest } from '../../../src/source/manifests.js';
import { TABLES, entry, ledger, loaded, manifest, openLoad } from './support.js';

const ALL: Scope = { tables: undefined, toDump: undefined };

function schedule(
  manifests: readonly Manifest[],
  known: LedgerState = ledger(),
  more: Partial<Parameters<typeof scheduleManifests>[0]> = {},
) {
  const listed = manifests.map(({ dumpId, key, etag }) => ({ dumpId, key, etag, size: 1 }));
  const result = scheduleManifests({
    tables: TABLES,
    ledger: known,
    scope: ALL,
    listed,
    manifests,
    problems: [],
    ...more,
  });
  return {
    ...result,
    ids: result.loads.map((load) => load.loadId),
    settledIds: result.settled.map((load) => `${load.loadId} ${load.status}`),
    failureCodes: result.failures.map(
      (failure) => `${String(failure.dumpId)} ${failure.table ?? '*'} ${failure.error.code}`,
    ),
    noteTexts: result.notes.map((note) => `${String(note.dumpId)} ${note.table ?? '*'} ${note.message}`),
  };
}

const unreadable = (dumpId: bigint) => ({
  dumpId,
  error: new HeaploadError('MANIFEST_INVALID', 'x', { hint: 'y' }),
});

describe('which loads, and in which order', () => {
  it('by ascending dump as numbers, then tables as the dumps first name them', () => {
    const { ids } = schedule([
      manifest(999n, entry('b', true), entry('a', true)),
      manifest(1000n, entry('a', true), entry('b', true)),
    ]);
    expect(ids).toEqual(['999/b', '999/a', '1000/b', '1000/a']);
  });

  it('the newest full dump of a table makes its older ones void, and no other table', () => {
    const { ids, settledIds, loads } = schedule([
      manifest(1n, entry('users', true), entry('click', true)),
      manifest(2n, entry('users', false), entry('click', true)),
      manifest(3n, entry('users', false)),
      manifest(4n, entry('users', true)),
    ]);
    expect(ids).toEqual(['1/click', '2/click', '3/users', '4/users']);
    expect(settledIds).toEqual(['1/users superseded', '2/users superseded']);
    expect(loads.map((load) => load.mode)).toEqual(['merge', 'merge', 'replace', 'merge']);
  });

  it('incremental without files is nothing to do; full without files empties the table', () => {
    const { ids, settledIds } = schedule([manifest(1n, entry('a', true, []), entry('b', false, []))]);
    expect({ ids, settledIds }).toEqual({ ids: ['1/b'], settledIds: ['1/a nothing'] });
  });

  it('a late full dump is void; a late incremental one merges', () => {
    const known = ledger({
      tables: new Map([
        ['a', loaded(9n, 'a')],
        ['b', loaded(9n, 'b')],
      ]),
    });
    const { ids, settledIds } = schedule([manifest(8n, entry('a', false), entry('b', true))], known);
    expect({ ids, settledIds }).toEqual({ ids: ['8/b'], settledIds: ['8/a superseded'] });
  });

  it('what is excluded is settled so, and comes back when it is selected again', () => {
    const dump = manifest(1n, entry('_event_metadata', true), entry('a', true));
    expect(schedule([dump])).toMatchObject({ ids: ['1/a'], settledIds: ['1/_event_metadata excluded'] });
    const known = ledger({ dumps: new Set([1n]), openLoads: [openLoad(1n, '_event_metadata', 'excluded')] });
    expect(schedule([dump], known)).toMatchObject({ ids: [], settledIds: [] });
    expect(schedule([dump], known, { tables: { ...TABLES, exclude: [] } })).toMatchObject({
      ids: ['1/_event_metadata'],
    });
  });

  it('only what is open of a dump the ledger knows', () => {
    const dump = manifest(1n, entry('a', true), entry('b', true));
    const known = ledger({
      dumps: new Set([1n]),
      openLoads: [openLoad(1n, 'b')],
      tables: new Map([['a', loaded(1n, 'a')]]),
    });
    expect(schedule([dump], known)).toMatchObject({ ids: ['1/b'], newDumps: [] });
  });

  it('the scope narrows tables by either name, and dumps', () => {
    const dumps = [manifest(1n, entry('Sign Up', true), entry('a', true)), manifest(2n, entry('a', true))];
    for (const name of ['Sign Up', 'sign_up']) {
      expect(schedule(dumps, ledger(), { scope: { tables: [name], toDump: undefined } }).ids).toEqual([
        '1/Sign Up',
      ]);
    }
  });
});

describe('what cannot go on', () => {
  it('an unreadable dump holds up every table after it, unless a full dump lies between', () => {
    const { ids, noteTexts, failureCodes } = schedule(
      [
        manifest(1n, entry('a', true), entry('b', true)),
        manifest(3n, entry('a', true), entry('b', false)),
        manifest(4n, entry('b', true)),
      ],
      ledger(),
      { problems: [unreadable(2n)] },
    );
    expect(ids).toEqual(['1/a', '3/b', '4/b']);
    expect(noteTexts).toEqual(['3 a waits for dump 2, which cannot be loaded']);
    expect(failureCodes).toEqual(['2 * MANIFEST_INVALID']);
  });

  it('below what is loaded, an unreadable dump holds up nothing', () => {
    const known = ledger({ tables: new Map([['a', loaded(5n, 'a')]]) });
    expect(schedule([manifest(6n, entry('a', true))], known, { problems: [unreadable(2n)] }).ids).toEqual([
      '6/a',
    ]);
  });

  it('a table whose entry has a problem fails and later ones wait', () => {
    const problem = new HeaploadError('URI_FOREIGN', 'x', { hint: 'y' });
    const { ids, failureCodes, noteTexts } = schedule([
      manifest(1n, entry('a', true, [], { problem }), entry('b', true)),
      manifest(2n, entry('a', true), entry('b', true)),
    ]);
    expect(ids).toEqual(['1/b', '2/b']);
    expect(failureCodes).toEqual(['1 a URI_FOREIGN']);
    expect(noteTexts).toEqual(['2 a waits for dump 1, which cannot be loaded']);
  });

  it('two tables that become one name fail together, also when one of them was loaded long ago', () => {
    const both = schedule([manifest(1n, entry('Sign Up', true), entry('sign_up', true), entry('a', true))]);
    expect(both).toMatchObject({ ids: ['1/a'], failureCodes: ['1 sign_up NAME_COLLISION'] });
    const known = ledger({ tables: new Map([['sign_up', loaded(1n, 'Sign Up')]]) });
    expect(schedule([manifest(2n, entry('sign_up', true))], known).failureCodes).toEqual([
      '2 sign_up NAME_COLLISION',
    ]);
    const renamed = { ...TABLES, rename: { sign_up: 'other' } };
    expect(schedule([manifest(2n, entry('sign_up', true))], known, { tables: renamed }).ids).toEqual([
      '2/sign_up',
    ]);
  });

  it('new tables under new_tables: ignore and fail, but never on the first run', () => {
    const known = ledger({ tables: new Map([['a', loaded(1n, 'a')]]) });
    const dump = [manifest(2n, entry('b', true))];
    expect(schedule(dump, known, { tables: { ...TABLES, newTables: 'ignore' } }).settledIds).toEqual([
      '2/b excluded',
    ]);
    expect(schedule(dump, known, { tables: { ...TABLES, newTables: 'fail' } }).failureCodes).toEqual([
      '2 b NEW_TABLE',
    ]);
    expect(schedule(dump, ledger(), { tables: { ...TABLES, newTables: 'fail' } }).ids).toEqual(['2/b']);
  });

  it('a pending load whose manifest is gone fails, unless a later full dump makes it void', () => {
    const known = ledger({ dumps: new Set([1n]), openLoads: [openLoad(1n, 'a')] });
    const gone = schedule([manifest(2n, entry('a', true))], known);
    expect(gone).toMatchObject({ ids: [], failureCodes: ['1 a SOURCE_MISSING'] });
    expect(gone.noteTexts).toEqual(['2 a waits for dump 1, which cannot be loaded']);
    expect(schedule([manifest(2n, entry('a', false))], known)).toMatchObject({
      ids: ['2/a'],
      failureCodes: [],
    });
  });

  it('a source without dumps is told', () => {
    expect(schedule([]).noteTexts).toEqual([
      'undefined * the source holds no dumps: it has no manifests/sync_<id>.json below source.prefix',
    ]);
    expect(schedule([], ledger(), { problems: [unreadable(1n)] }).noteTexts).toEqual([]);
  });
});

describe('the manifests worth a request', () => {
  const listed = [1n, 2n, 3n].map((dumpId) => ({ dumpId, key: '', etag: '', size: 1 }));
  const wanted = (known: LedgerState, scope = ALL) =>
    wantedManifests(listed, known, TABLES, scope).map((each) => each.dumpId);

  it('unknown ones, and known ones with something left to do', () => {
    expect(wanted(ledger())).toEqual([1n, 2n, 3n]);
    expect(wanted(ledger({ dumps: new Set([1n, 2n]) }))).toEqual([3n]);
    expect(wanted(ledger({ dumps: new Set([1n, 2n]), openLoads: [openLoad(1n, 'a')] }))).toEqual([1n, 3n]);
    expect(
      wanted(
        ledger({ dumps: new Set([1n, 2n, 3n]), openLoads: [openLoad(1n, '_event_metadata', 'excluded')] }),
      ),
    ).toEqual([]);
    expect(
      wanted(ledger({ dumps: new Set([1n, 2n, 3n]), openLoads: [openLoad(1n, 'a', 'excluded')] })),
    ).toEqual([1n]);
    expect(wanted(ledger(), { tables: undefined, toDump: 2n })).toEqual([1n, 2n]);
  });
});
