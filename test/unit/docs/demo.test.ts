import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUERIES } from '../../../scripts/demo/queries.js';
import { sampleDumps } from '../../../scripts/support/sample.js';
import { sampleWorld } from '../../../scripts/support/sample-world.js';
import { ROOT } from './support.js';

const exec = promisify(execFile);
const DEMO = path.join(ROOT, 'dist/scripts/demo.js');

/** The dumps of the sample that were finished, with the rows in their files. */
const delivered = sampleDumps()
  .filter((dump) => dump.dumpId !== 103n)
  .map(({ dumpId, tables }) => ({
    dumpId,
    tables: tables.map(({ name, incremental, files }) => ({
      name,
      incremental,
      files: files.length,
      rows: files.reduce((sum, file) => sum + [...file.rows].length, 0),
    })),
  }));

describe('the demo', () => {
  let folder = '';
  let output = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-demo-'));
    const { stdout, stderr } = await exec(process.execPath, [DEMO, folder], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stderr).toBe('');
    output = stdout;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The cells of the line that starts so, after a heading. */
  function line(heading: string, start: string): readonly string[] | undefined {
    const section = output.slice(output.indexOf(heading));
    const found = section.split('\n').find((each) => each.trim().startsWith(start));
    return found?.trim().split(/ {2,}/);
  }

  it.each(delivered.flatMap((dump) => dump.tables.map((table) => ({ dumpId: dump.dumpId, ...table }))))(
    'shows dump $dumpId of $name with all its rows',
    ({ dumpId, name, incremental, files, rows }) => {
      const heading = `Dump ${dumpId.toString()}:`;
      if (files === 0) {
        expect(output).toContain(`${dumpId.toString()}/${name}: no files`);
        return;
      }
      const cells = line(heading, `${name} `) ?? [];
      expect(cells.slice(0, 3)).toEqual([name, incremental ? 'merged' : 'replaced', rows.toString()]);
      const [inserted = 0, updated = 0, duplicates = 0, rejected = 0] = cells
        .slice(3, 7)
        .map((cell) => (cell === '-' ? 0 : Number(cell)));
      expect(inserted + updated + duplicates + rejected).toBe(rows);
    },
  );

  it('shows what changed in the tables', () => {
    expect(line('Dump 98:', 'users ')?.at(-1)).toBe('new table');
    expect(line('Dump 99:', 'users ')?.at(-1)).toBe('+ plan');
    expect(line('Dump 101:', 'users ')?.at(-1)).toBe('+ plan_seats__string');
    expect(line('Dump 101:', 'report_exported ')?.at(-1)).toBe('+ export_format');
    expect(line('Dump 102:', 'pageviews ')?.at(-1)).toBe('1 value rejected');
  });

  it('finds nothing to do the second time, and the same rows in one run', () => {
    expect(output).toContain('finds nothing to do');
    expect(output).toMatch(/skips 5 that a later full delivery/);
    expect(output).toContain('7 tables, 421 rows, 0 differences');
  });

  it('resolves anonymous ids to the people of the sample', () => {
    const { people, visits } = sampleWorld();
    const seen = new Set(visits.map((visit) => visit.person.id));
    expect(line('Who was active', 'the week')).toEqual([
      'the week',
      visits.length.toString(),
      '44',
      seen.size.toString(),
    ]);
    expect(seen.size).toBeLessThanOrEqual(people.length);
  });

  it('builds the shipped models and those of the examples', () => {
    expect(output.match(/models built on top/g)).toHaveLength(4);
    expect(line('Which channel', 'Email')).toEqual(['Email', '4']);
    expect(line('Everything that happened', 'signup_completed')).toEqual(['signup_completed', '11', '11']);
  });

  it('shows every query with its rows', () => {
    for (const query of QUERIES) expect(output).toContain(query.title);
    expect(line('Where did the signups', 'newsletter')).toEqual(['newsletter', '4']);
    expect(line('Which pages', '/pricing')).toEqual(['/pricing', '40', '36']);
    expect(line('plan_seats was', '99')).toEqual(['99', '6', '4', '0', 'NULL']);
    expect(line('What could not', '102/pageviews')?.at(-1)).toBe('2025-02-30 09:00:00');
    expect(line('Does every row', 'users')).toEqual(['users', '4', '92', '48', '43', '0', '1', 'true']);
  });

  it('says where the file is, and has no colours without a terminal', () => {
    expect(output).toContain(path.join(folder, 'heapload.duckdb'));
    expect(output).toContain('USE heapload.heap');
    expect(output).not.toContain('\u001b');
  });

  it('fails with exit code 1 where it cannot write', async () => {
    const file = path.join(folder, 'a-file');
    await writeFile(file, '');
    await expect(exec(process.execPath, [DEMO, path.join(file, 'below')])).rejects.toMatchObject({ code: 1 });
  });
});
