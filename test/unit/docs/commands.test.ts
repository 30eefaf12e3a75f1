import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Desk, ROOT, blocksOf, pages } from './support.js';

/** Their commands need an account somewhere: only their words are checked. */
const CLOUD_PAGES: ReadonlySet<string> = new Set([
  'docs/s3.md',
  'docs/warehouses/bigquery.md',
  'docs/warehouses/snowflake.md',
]);

interface Command {
  readonly line: string;
  readonly exitCode: number;
  readonly place: string;
}

/** The commands of a page's `sh` blocks in order; `# exit code 1` at the end of a line says what to expect. */
function commandsOf(page: string): readonly Command[] {
  return blocksOf(page, 'sh').flatMap((block) =>
    block.text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const exitCode = Number(/# exit code (\d+)$/.exec(line)?.[1] ?? '0');
        return { line: line.replace(/\s+#.*$/, ''), exitCode, place: `${page}:${block.line}` };
      }),
  );
}

function isNpm(command: Command): boolean {
  return command.line.startsWith('npm ');
}

const withCommands = pages().filter((page) => commandsOf(page).length > 0);

describe('commands that the pages show', () => {
  const scripts = Object.keys(
    (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts,
  );

  it('are found', () => {
    expect(withCommands).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'examples/README.md', 'docs/cli.md']),
    );
    expect(commandsOf('README.md').map((command) => command.line)).toEqual(
      expect.arrayContaining(['npm ci && npm run demo', 'npm ci && npm test', 'npx heapload run']),
    );
  });

  it.each(
    withCommands
      .flatMap(commandsOf)
      .filter(isNpm)
      .map((command) => [command.place, command.line]),
  )('%s: %s names scripts that exist', (_place, line) => {
    for (const part of line.split('&&').map((text) => text.trim())) {
      const script = /^npm run ([\w:]+)$/.exec(part)?.[1] ?? /^npm (test)$/.exec(part)?.[1];
      if (script === undefined) expect(part).toBe('npm ci');
      else expect(scripts).toContain(script);
    }
  });

  it.each(withCommands.filter((page) => !CLOUD_PAGES.has(page)))(
    '%s: they do what the page says',
    async (page) => {
      const desk = await Desk.create();
      try {
        for (const command of commandsOf(page).filter((each) => !isNpm(each))) {
          const { exitCode, stderr } = await desk.shell(command.line);
          expect(exitCode, `${command.place}: ${command.line}\n${stderr}`).toBe(command.exitCode);
        }
      } finally {
        await desk.dispose();
      }
    },
  );

  const cloud = withCommands.filter((page) => CLOUD_PAGES.has(page)).flatMap(commandsOf);
  it.skipIf(cloud.length === 0)('of pages about the cloud have options that exist', async () => {
    const desk = await Desk.create();
    try {
      for (const { line, place } of cloud.filter((command) => command.line.includes('heapload'))) {
        const [, name = '', rest = ''] = /heapload (\w+)(.*)$/.exec(line) ?? [];
        const { stdout, exitCode } = await desk.shell(`heapload ${name} --help`);
        expect(exitCode, `${place}: ${line}`).toBe(0);
        for (const option of rest.match(/--[\w-]+/g) ?? [])
          expect(stdout, `${place}: ${line}`).toContain(option);
      }
    } finally {
      await desk.dispose();
    }
  });
});
