import { afterAll } from 'vitest';
import { analysisBy } from '../stand-ins/bigquery/analysis.js';
import { bigqueryTarget } from '../support/target.js';
import { sharedAnalyzer } from '../tools/zetasql/shared.js';
import { conformance } from './suite.js';

const analyzer = await sharedAnalyzer();
const target = await bigqueryTarget({}, analyzer === undefined ? {} : { analyze: analysisBy(analyzer) });
conformance(target);

afterAll(async () => {
  await target.stop();
});
