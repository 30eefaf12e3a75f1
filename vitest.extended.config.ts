import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/tools/zetasql/set-up.ts'],
    include: ['test/extended/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
