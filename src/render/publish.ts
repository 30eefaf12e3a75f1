import { LEDGER } from '../plan/ledger.js';
import type { Publish, WriteWay } from '../plan/steps.js';
import type { Expectation, Statement } from '../warehouse/contract.js';
import { COUNTERS, newColumnContexts, publishContext } from './contexts.js';
import {
  type Make,
  type RenderSettings,
  changed,
  byParts,
  chunks,
  fenceStatement,
  recordFiles,
} from './make.js';

/** What makes a load's rows visible: everything in here commits together or not at all. */
export function publishStatements(
  publish: Publish,
  make: Make,
  settings: RenderSettings,
): readonly Statement[] {
  const context = publishContext(publish, settings.schema);
  const render = (template: string, more: object = {}, expect?: Expectation): Statement =>
    make(template, { ...context, ...more }, expect);
  const committed = changed(
    1,
    'LOAD_STATE',
    `Load ${publish.load.loadId} is no longer open: another run committed it.`,
  );
  const history = chunks(newColumnContexts(publish), settings).map((rows) =>
    render('record-columns', { newColumns: rows }),
  );
  const resolved = publish.resolved.length === 0 ? [] : [render('resolve-skipped')];
  const check = render(
    'check-counts',
    {},
    {
      count: 'returned',
      rows: 0,
      otherwise: 'COUNTS_MISMATCH',
      message: `The rows of load ${publish.load.loadId} do not add up.`,
    },
  );
  const data =
    publish.staging === undefined
      ? emptyStatements(publish, render, committed)
      : dataStatements(publish, render, committed);
  return [
    ...(prunes(publish) ? [{ ...make('declare-days', {}), declares: true }] : []),
    fenceStatement(make),
    ...filesStatements(publish, render, make, settings),
    ...data,
    ...history,
    ...resolved,
    check,
  ];
}

/** Whether the merge first looks up in which partitions the staged keys live. */
export function prunes({ mode, partitionedBy, staging }: Publish): boolean {
  return mode === 'merge' && partitionedBy !== undefined && staging !== undefined;
}

function filesStatements(
  publish: Publish,
  render: Render,
  make: Make,
  settings: RenderSettings,
): readonly Statement[] {
  if (publish.fileList === undefined) return recordFiles(publish, LEDGER.files, make, settings);
  const message = `The list of files of load ${publish.load.loadId} is not complete.`;
  const rows = publish.files.length + publish.skipped.length;
  return [render('copy-files', {}, changed(rows, 'COUNTS_MISMATCH', message))];
}

type Render = (template: string, more?: object, expect?: Expectation) => Statement;

/** A load without files empties the table, or, when it merges and all its files are skipped, changes nothing. */
function emptyStatements(publish: Publish, render: Render, committed: Expectation): readonly Statement[] {
  const keepsRows = publish.tableExists && publish.mode === 'merge';
  const counters = COUNTERS.filter((name) => name !== 'table_rows');
  const count = render('count-empty', { counters, keepsRows }, committed);
  return publish.tableExists && !keepsRows
    ? [count, byParts('delete-all', publish.partitionedBy, render)]
    : [count];
}

function dataStatements(publish: Publish, render: Render, committed: Expectation): readonly Statement[] {
  const rejects = publish.rejectable.map(({ column, source }) => render('reject-values', { column, source }));
  if (publish.rereads) return rereadStatements(publish, render, committed, rejects);
  const write =
    publish.mode === 'merge'
      ? [
          ...(prunes(publish) ? [render('find-days')] : []),
          render('count-merge', {}, committed),
          byParts('merge', publish.partitionedBy, render),
        ]
      : [
          render('count-replace', {}, committed),
          byParts('delete-all', publish.partitionedBy, render),
          byParts('insert-all', publish.partitionedBy, render),
        ];
  return [render('count-files'), render('reject-rows'), ...rejects, ...write];
}

const WRITE_TEMPLATES: Readonly<Record<WriteWay, readonly string[]>> = {
  merge: ['merge'],
  exchange: ['delete-older', 'insert-all'],
  insert: ['insert-all'],
  replace: ['delete-all', 'insert-all'],
  adopt: ['adopt'],
};

/**
 * What becomes of each row is decided once; then the rejected rows and the winners are read from the files. With a
 * candidate it was decided when that was filled, and the winners are in it.
 */
function rereadStatements(
  publish: Publish,
  render: Render,
  committed: Expectation,
  rejects: readonly Statement[],
): readonly Statement[] {
  const { candidate, write } = publish;
  const isOpen = candidate === undefined;
  return [
    render('count-files'),
    ...(isOpen ? [render('decide')] : []),
    render('choose-rows', { outcomes: ['rejected'] }),
    render('reject-rows'),
    ...rejects,
    render('count-outcomes', {}, committed),
    ...(isOpen ? [render('choose-rows', { outcomes: ['inserted', 'updated'] })] : []),
    ...WRITE_TEMPLATES[write].map((template) => render(template)),
    render('forget-outcomes'),
  ];
}
