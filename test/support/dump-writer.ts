export * from '../../scripts/support/avro-writer.js';
export * from '../../scripts/support/dump-writer.js';
