import { readRows } from '../../src/avro/rows.js';
import type { S3Source } from '../../src/config/types.js';
import { openS3Store } from '../../src/source/s3/store.js';

// Streams one file through the S3 store and the Avro reader and counts its rows: `read-file.js <source> <key>`.
const [source = '', key = ''] = process.argv.slice(2);
const store = await openS3Store(JSON.parse(source) as S3Source);
const { bytes } = await store.open(key);
let rows = 0;
for await (const batch of readRows(bytes, { file: key })) rows += batch.rows;
process.stdout.write(JSON.stringify({ event: 'end', rows }) + '\n');
