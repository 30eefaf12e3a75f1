import { describe, expect, it } from 'vitest';
import { memoryBytes, parseDuckDbSettings } from '../../../warehouses/duckdb/settings.js';

describe('the memory limit', () => {
  it.each([
    ['512MB', 512_000_000],
    ['1.5 gb', 1_500_000_000],
    ['2GiB', 2 * 1024 ** 3],
    ['64kib', 64 * 1024],
    ['1TB', 1e12],
  ])('%s is %d bytes', (text, bytes) => {
    const parsed = parseDuckDbSettings({ memory_limit: text }, '/');
    if (!parsed.ok) throw new Error('it was refused');
    expect(memoryBytes(parsed.settings)).toBe(bytes);
  });
});
