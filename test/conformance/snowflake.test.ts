import { afterAll } from 'vitest';
import { snowflakeTarget } from '../support/target.js';
import { conformance } from './suite.js';

const { target, stop } = snowflakeTarget();

afterAll(stop);
conformance(target);
