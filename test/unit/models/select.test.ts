import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { selectNodes } from '../../../src/models/select.js';
import { INT64 } from '../../../src/schema/logical-types.js';
import { loadedTable } from '../../support/shipped/compile.js';
import { load } from './support.js';

// base → daily → weekly → report, and side beside them; click and views are loaded.
const TABLES = ['click', 'views'].map((name) => loadedTable(name, ['event_id'], { event_id: INT64 }));
const PROJECT = load(
  {
    'models/base/base.sql': '{{config tags="core"}} select event_id from {{source "click"}}',
    'models/marts/daily.sql': '{{config tags="core,slow"}} select event_id from {{ref "base"}}',
    'models/marts/weekly.sql': 'select event_id from {{ref "daily"}}',
    'models/report.sql':
      'select event_id from {{ref "weekly"}} union all select event_id from {{source "views"}}',
    'models/side.sql': 'select 1 as x',
    'models/p.yml': `models:
  - name: daily
    columns: [{ name: event_id, tests: [unique] }]
  - name: report
    columns: [{ name: event_id, tests: [not_null] }]
`,
    'tests/own.sql': '{{config tags="slow"}} select * from {{ref "weekly"}}',
  },
  TABLES,
);

const NODES = { graph: PROJECT.graph, tests: PROJECT.tests, tables: TABLES.map(({ name }) => name) };
const OF_CLICK = ['source_not_null_click_event_id', 'source_unique_click_event_id'];
const OF_VIEWS = ['source_not_null_views_event_id', 'source_unique_views_event_id'];

/** Models and tests that the words select. */
function selected(select: readonly string[], exclude: readonly string[] = []): readonly string[] {
  const { models, tests } = selectNodes({ select, exclude }, NODES);
  return [...models, ...tests].sort();
}

describe('selecting', () => {
  it.each<[words: string, models: string[], tests: string[]]>([
    ['daily', ['daily'], ['unique_daily_event_id']],
    ['DAILY', ['daily'], ['unique_daily_event_id']],
    ['*ly', ['daily', 'weekly'], ['own', 'unique_daily_event_id']],
    ['tag:core', ['base', 'daily'], ['unique_daily_event_id']],
    ['tag:slow', ['daily'], ['own', 'unique_daily_event_id']],
    ['path:models/marts', ['daily', 'weekly'], ['own', 'unique_daily_event_id']],
    ['path:models/marts/', ['daily', 'weekly'], ['own', 'unique_daily_event_id']],
    ['path:./models/base/base.sql', ['base'], []],
    ['path:models/**/*ly.sql', ['daily', 'weekly'], ['own', 'unique_daily_event_id']],
    ['path:tests', [], ['own']],
    ['source:click', [], OF_CLICK],
    ['+daily', ['base', 'daily'], ['unique_daily_event_id', ...OF_CLICK]],
    ['daily+', ['daily', 'report', 'weekly'], ['not_null_report_event_id', 'own', 'unique_daily_event_id']],
    [
      '+weekly+',
      ['base', 'daily', 'report', 'weekly'],
      ['not_null_report_event_id', 'own', 'unique_daily_event_id', ...OF_CLICK],
    ],
    ['source:views+', ['report'], ['not_null_report_event_id', ...OF_VIEWS]],
    ['+tag:slow', ['base', 'daily'], ['own', 'unique_daily_event_id', ...OF_CLICK]],
    ['base side', ['base', 'side'], []],
    ['unique_daily_event_id', [], ['unique_daily_event_id']],
    ['own', [], ['own']],
  ])('%s', (words, models, tests) => {
    expect(selected([words])).toEqual([...models, ...tests].sort());
  });

  it('several words are put together, and --exclude takes away', () => {
    expect(selected(['base', 'side'])).toEqual(['base', 'side']);
    expect(selected(['+report'], ['tag:core', 'source:click', 'source:views'])).toEqual([
      'not_null_report_event_id',
      'own',
      'report',
      'weekly',
    ]);
    expect(selected(['daily'], ['unique_daily_event_id'])).toEqual(['daily']);
    expect(selected([], ['base+', 'source:*'])).toEqual(['side']);
  });

  it('nothing said is everything', () => {
    const { models, tests } = selectNodes({ select: [], exclude: [] }, NODES);
    expect(models.size).toBe(PROJECT.graph.models.length);
    expect(tests.size).toBe(PROJECT.tests.length);
  });

  it.each([
    ['dayly', 'Did you mean daily? heapload models list shows the models.'],
    ['+dayly+', 'Did you mean daily? heapload models list shows the models.'],
    ['tag:cor', 'Did you mean tag:core? heapload models list shows the models.'],
    ['source:clik', 'Did you mean source:click? heapload models list shows the models.'],
    ['path:models/report.sq', 'Did you mean path:models/report.sql? heapload models list shows the models.'],
    [
      'something-else-entirely',
      'heapload models list shows the models; a name, tag:, path: or source: can have + before or after it.',
    ],
  ])('%s selects nothing, and says what was probably meant', (word, hint) => {
    for (const selection of [
      { select: [word], exclude: [] },
      { select: [], exclude: [word] },
    ]) {
      const attempt = (): unknown => selectNodes(selection, NODES);
      expect(attempt).toThrow(HeaploadError);
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'MODEL_UNKNOWN', message: `"${word}" selects nothing.`, hint }),
      );
    }
  });
});
