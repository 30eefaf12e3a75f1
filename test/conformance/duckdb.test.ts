import { duckdbTarget } from '../support/target.js';
import { conformance } from './suite.js';

conformance(duckdbTarget);
