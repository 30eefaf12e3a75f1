import { afterAll } from 'vitest';
import { bigqueryTarget } from '../support/target.js';
import { conformance } from './suite.js';

const target = await bigqueryTarget();
conformance(target);

afterAll(async () => {
  await target.stop();
});
