import { afterAll } from 'vitest';
import { snowflakeTarget } from '../support/target.js';
import { modelSuite } from './suite.js';

const { target, stop } = snowflakeTarget();

afterAll(stop);
modelSuite(target);
