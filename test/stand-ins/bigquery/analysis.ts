import { AnalysisError, type Analyzer, type SqlTable } from '../../tools/zetasql/analyzer.js';
import { CATALOG_VIEWS } from './catalog-views.js';
import { invalidQuery, notFound } from './errors.js';
import type { Analyze } from './script-context.js';

/**
 * Has Google's own analyzer look at each statement, so that what the service would refuse is refused here. What it found
 * well in one dataset it is not asked about in another with the same tables.
 */
export function analysisBy(analyzer: Analyzer): Analyze {
  const good = new Set<string>();
  return async (sql, tables, { parameters, variables }) => {
    const known = tables.map(({ ref, columns }) => ({ path: [ref.dataset, ref.table], columns }));
    const asked = JSON.stringify([sql, known, [...parameters], [...variables]]);
    const question = tables.reduce(
      (text, { ref }) => text.replaceAll(`\`${ref.dataset}\``, '`d`').replaceAll(`"${ref.dataset}"`, '"d"'),
      asked,
    );
    if (good.has(question)) return;
    try {
      await analyzer.analyze(sql, { tables: [...known, ...catalogViews(sql)], parameters, variables });
      good.add(question);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      const missing = /^Table not found: (.*?)(?:; Did you mean.*)? \[at/.exec(error.message)?.[1];
      throw missing === undefined ? invalidQuery(error.message) : notFound(`Table ${missing}`);
    }
  };
}

/** The views of INFORMATION_SCHEMA a text names. */
export function catalogViews(sql: string): readonly SqlTable[] {
  const named = sql.matchAll(/(?:`?(\w+)`?\s*\.\s*)?`?INFORMATION_SCHEMA`?\s*\.\s*`?(\w+)`?/gi);
  return [...named].flatMap(([, dataset, view = '']) => {
    const columns = CATALOG_VIEWS[view.toUpperCase()];
    if (columns === undefined) return [];
    const path = [...(dataset === undefined ? [] : [dataset]), 'INFORMATION_SCHEMA', view];
    return [{ path, columns: columns.map(([name, type]) => ({ name, type: { name: type } })) }];
  });
}
