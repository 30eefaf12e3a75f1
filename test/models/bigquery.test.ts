import { afterAll } from 'vitest';
import { analysisBy } from '../stand-ins/bigquery/analysis.js';
import { bigqueryTarget } from '../support/target.js';
import { sharedAnalyzer } from '../tools/zetasql/shared.js';
import { modelSuite } from './suite.js';

const analyzer = await sharedAnalyzer();
// Where Google's analyzer is installed, it looks at every statement of every build.
const target = await bigqueryTarget({}, analyzer === undefined ? {} : { analyze: analysisBy(analyzer) });
modelSuite(target);

afterAll(async () => {
  await target.stop();
});
