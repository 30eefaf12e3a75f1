import { afterAll } from 'vitest';
import { bigqueryTarget } from '../support/target.js';
import { modelSuite } from './suite.js';

const target = await bigqueryTarget();
modelSuite(target);

afterAll(async () => {
  await target.stop();
});
