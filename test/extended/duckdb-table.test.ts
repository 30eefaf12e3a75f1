import { conformance } from '../conformance/suite.js';
import { duckdbTableTarget } from '../support/target.js';

// The other way of staging, against the same contract.
conformance(duckdbTableTarget);
