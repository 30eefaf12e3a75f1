import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.js';
import { Desk, codeWords, readPage, tableRows } from './support.js';

type Event = Readonly<Record<string, unknown>> & { readonly event: string };

const page = readPage('docs/cli.md');

/** First cell → words in code marks of the second, for every table with that header. */
function documented(...header: readonly [string, string]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    tableRows(page, header).map(([name = '', fields = '']) => [codeWords(name).join(' '), codeWords(fields)]),
  );
}

function eventsOf(stdout: string): readonly Event[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
}

/** Every field that any of the objects has, sorted. */
function fields(objects: readonly object[]): readonly string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))]
    .filter((name) => name !== 'event')
    .sort();
}

describe('docs/cli.md', () => {
  let desk: Desk;
  let events: readonly Event[] = [];
  const ends = new Map<string, Event>();

  beforeAll(async () => {
    desk = await Desk.create();
    const end = async (command: string): Promise<readonly Event[]> => {
      const { stdout } = await desk.shell(`heapload ${command} --json`);
      const seen = eventsOf(stdout);
      expect(
        seen.map((event) => event.event).filter((name) => name === 'end'),
        command,
      ).toHaveLength(1);
      expect(seen.at(-1)?.event, command).toBe('end');
      return seen;
    };
    // A file cut short gives a failure, and loads that wait for it give notes.
    const folder = 'examples/dumps/sync_99/pageviews';
    const [file = ''] = readdirSync(path.join(desk.folder, folder));
    const whole = await desk.read(path.join(folder, file));
    ends.set('plan', last(await end('plan')));
    await desk.write(path.join(folder, file), whole.subarray(0, 40));
    events = [...(await end('run')), ...(await end('run --table nobody'))];
    for (const command of ['status', 'discover', 'export dbt', 'reset users --yes']) {
      ends.set(command.split(' ')[0] ?? '', last(await end(command)));
    }
  });
  afterAll(() => desk.dispose());

  it('has every event of a run with its fields, and no other', () => {
    const described = documented('event', 'fields');
    const seen = new Map(
      [...described.keys()].map((name) => [name, fields(events.filter((event) => event.event === name))]),
    );
    expect(new Set(events.map((event) => event.event))).toEqual(new Set(described.keys()));
    for (const [name, names] of described) expect(seen.get(name), name).toEqual([...names].sort());
  });

  it('has the fields of every other end', () => {
    const described = new Map([...documented('command', 'fields')].filter(([name]) => ends.has(name)));
    expect([...described.keys()].sort()).toEqual([...ends.keys()].sort());
    for (const [command, names] of described)
      expect(fields([ends.get(command) ?? {}]), command).toEqual([...names].sort());
  });

  it('has the fields of the lists in them', () => {
    const described = tableRows(page, ['list', 'fields of an entry']);
    expect(described.length).toBe(5);
    for (const [name = '', names = ''] of described) {
      const [command = '', list = ''] = codeWords(name);
      const entries = ends.get(command)?.[list] as readonly object[];
      expect(fields(entries), name).toEqual([...codeWords(names)].sort());
    }
  });

  it('has every command and every option, and no other', async () => {
    const commands = tableRows(page, ['command', 'what it does', 'writes']).map(
      ([name = '']) => codeWords(name)[0] ?? '',
    );
    const { stdout } = await desk.shell('heapload --help');
    expect([...stdout.matchAll(/^ {2}heapload (\w+(?: <\w+>)?)/gm)].map((match) => match[1])).toEqual(
      commands,
    );
    const everywhere = optionsIn(page.split(/^## /m)[0] ?? '');
    for (const command of commands.map((name) => name.split(' ')[0] ?? '')) {
      const section = page.split(/^## /m).find((part) => part.startsWith(`${command}\n`)) ?? '';
      const scope = command === 'run' ? ['--table', '--to-dump', '--dry-run'] : [];
      const expected = [...new Set([...everywhere, ...optionsIn(section), ...scope])].sort();
      const help = await desk.shell(`heapload ${command} --help`);
      const real = [...help.stdout.matchAll(/^ .*?(--[\w-]+)/gm)].map((match) => match[1] ?? '').sort();
      expect(real, command).toEqual(expected);
    }
  });

  it.each(['docs/cli.md', 'README.md'])('%s has every exit code', (name) => {
    const header = name === 'README.md' ? 'exit code' : 'code';
    const codes = tableRows(readPage(name), [header, 'meaning']).map(([code]) => Number(code));
    expect(codes.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});

function last(events: readonly Event[]): Event {
  return events.at(-1) ?? { event: 'none' };
}

function optionsIn(section: string): readonly string[] {
  return [...section.matchAll(/^\| `?[^|]*?(--[\w-]+)` +\|/gm)].map((match) => match[1] ?? '');
}
