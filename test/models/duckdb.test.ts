import { duckdbTarget } from '../support/target.js';
import { modelSuite } from './suite.js';

modelSuite(duckdbTarget);
