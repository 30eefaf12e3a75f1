import { loadNaively, newestRows } from '../naive.js';

// What most people write: stage with avsc, then a window chooses the newest rows. naive.js <database> <columns> <file …>
await loadNaively((names) => `CREATE TABLE events AS ${newestRows(names)}`);
