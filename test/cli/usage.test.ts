import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.js';
import { cli, jsonEndOf, jsonLines } from './support.js';

describe('a command line that is not valid exits with 2 and says what was meant', () => {
  const wrong: readonly [string, string, string][] = [
    ['', 'Give a command.', 'heapload --help shows the commands.'],
    [
      'statsu',
      'There is no command statsu.',
      'Did you mean heapload status? heapload --help shows the commands.',
    ],
    ['frobnicate', 'There is no command frobnicate.', 'heapload --help shows the commands.'],
    [
      'run --tabel users',
      'heapload run has no option --tabel.',
      'Did you mean --table? heapload run --help shows its options.',
    ],
    [
      'run --to-dmp=3',
      'heapload run has no option --to-dmp.',
      'Did you mean --to-dump? heapload run --help shows its options.',
    ],
    ['plan -x', 'heapload plan has no option -x.', 'heapload plan --help shows its options.'],
    ['run --offline', 'heapload run has no option --offline.', 'heapload run --help shows its options.'],
    ['run users', 'heapload run takes no argument "users".', 'heapload run --help shows its options.'],
    [
      'run --table users sessions',
      'heapload run takes no argument "sessions".',
      'heapload run --help shows its options.',
    ],
    ['plan --table', '--table needs a value.', 'heapload plan --help shows its options.'],
    ['plan -c', '-c needs a value.', 'heapload plan --help shows its options.'],
    [
      'status -c a.yml -c b.yml',
      '--config is given more than once.',
      'heapload status --help shows its options.',
    ],
    [
      'reset',
      'heapload reset needs the name of a table.',
      'For example: heapload reset users. heapload status shows the tables.',
    ],
    [
      'models lst',
      'heapload models has no action lst.',
      'Did you mean heapload models list? heapload models --help shows its options.',
    ],
    ['models dance', 'heapload models has no action dance.', 'heapload models --help shows its options.'],
    [
      'models',
      'heapload models needs an action: list, compile, run, test, eject.',
      'heapload models --help shows its options.',
    ],
    [
      'export dtb',
      'heapload export has no tool dtb.',
      'Did you mean heapload export dbt? heapload export --help shows its options.',
    ],
    ['export', 'heapload export needs a tool: dbt.', 'heapload export --help shows its options.'],
    [
      'exprot dbt',
      'There is no command exprot.',
      'Did you mean heapload export? heapload --help shows the commands.',
    ],
    [
      'export dbt --outptu=x',
      'heapload export has no option --outptu.',
      'Did you mean --output? heapload export --help shows its options.',
    ],
  ];

  it.each(wrong)('heapload %s', async (line, message, hint) => {
    const argv = line.split(' ').filter((word) => word !== '');
    expect(await cli(argv)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error USAGE: ${message}\n  next:  ${hint}\n`,
    });
    const json = await cli([...argv, '--json']);
    // There `--json` would be the value that is missing.
    if (/--table$|-c$/.test(line)) return;
    expect({ ...json, stdout: jsonLines(json.stdout) }).toEqual({
      code: 2,
      stderr: '',
      stdout: [
        {
          event: 'end',
          status: 'failed',
          exit_code: 2,
          error: { code: 'USAGE', message, where: '', next: hint },
        },
      ],
    });
  });

  it('a configuration that is missing ends a JSON stream as well', async () => {
    const { code, stdout, stderr } = await cli(['run', '--json', '-c', 'nowhere.yml']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(jsonEndOf(stdout)).toMatchObject({
      exit_code: 2,
      status: 'failed',
      error: { code: 'CONFIG_MISSING' },
    });
  });
});

describe('help and version', () => {
  it('--help lists every command and exits with 0', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['plan', 'run', 'status', 'discover', 'reset <table>'])
      expect(stdout).toContain(`  heapload ${command} `);
    expect((await cli(['-h'])).stdout).toBe(stdout);
  });

  it.each(['plan', 'run', 'status', 'discover', 'reset'])(
    '%s --help describes every option',
    async (command) => {
      const { code, stdout } = await cli([command, '--help']);
      expect(code).toBe(0);
      const options = stdout.split('\n').filter((line) => /^ +(-\w, )?--/.test(line));
      expect(options.length).toBeGreaterThanOrEqual(4);
      for (const line of options) expect(line).toMatch(/--[\w-]+ {2,}\w+/);
    },
  );

  it('--version is the one of package.json', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });
});

describe('our own bugs', () => {
  const broken = (): never => {
    throw new TypeError('planted');
  };

  it('exit with 70 and a stack trace', async () => {
    const { code, stdout, stderr } = await cli(['--help'], { stdout: broken });
    expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
    expect(stderr).toMatch(
      /^error BUG: planted\n {2}next: {2}This is a bug in heapload\. Please report it .*\nTypeError: planted\n {4}at /,
    );
  });

  it('are told on stderr when the JSON stream is what is broken', async () => {
    const { code, stderr } = await cli(['run', '--json', '--nope'], { stdout: broken });
    expect(code).toBe(2);
    expect(stderr).toContain('error USAGE: heapload run has no option --nope.');
  });
});
