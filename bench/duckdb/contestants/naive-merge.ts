import { loadNaively, newestRows } from '../naive.js';

// What most people write for the night: stage with avsc, then MERGE the newest rows. naive-merge.js <database> <columns> <file …>
await loadNaively(
  (names) => `MERGE INTO events USING (${newestRows(names)}) AS newest ON events.event_id = newest.event_id
    WHEN MATCHED THEN UPDATE SET ${names.map((name) => `"${name}" = newest."${name}"`).join(', ')}
    WHEN NOT MATCHED THEN INSERT`,
);
