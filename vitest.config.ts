import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/tools/zetasql/set-up.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/extended/**', 'test/live/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
