import { loadConfig } from '../../config/load.js';
import { EXIT, type HeaploadError } from '../../errors.js';
import { modelSchemas } from '../../models/project.js';
import { renderObservation } from '../../render/observation.js';
import { checkWarehouse } from '../../run/check-warehouse.js';
import { checkSource } from '../../source/check.js';
import { WAREHOUSES } from '../../warehouse/registry.js';
import type { CommonOptions } from '../common.js';
import type { Io } from '../io.js';
import { colors, formatError } from '../reporters/format.js';
import { jsonCheck, jsonLine } from '../reporters/json.js';

interface Checked {
  readonly part: 'source' | 'warehouse';
  readonly what: string;
  readonly error?: HeaploadError;
}

/** `check`: whether source and warehouse can be used, without changing either. */
export async function check(options: CommonOptions, io: Io): Promise<number> {
  const config = loadConfig(options.config, { env: io.env, warehouses: WAREHOUSES });
  const { type, schema, settings } = config.warehouse;
  const warehouse = WAREHOUSES[type];
  const dialect = warehouse.dialect(settings);
  const ofSource = await checkSource(config.source, io.signal);
  const ofWarehouse = await checkWarehouse({
    dialect,
    schema,
    modelSchemas: modelSchemas(config),
    layout: config.source.layout,
    queries: renderObservation(dialect, schema),
    connect: () => warehouse.connect(settings, { mode: 'probe', signal: io.signal }),
    now: Date.now(),
  });
  const checks: readonly Checked[] = [
    ...ofSource.map((result) => ({ part: 'source' as const, ...result })),
    ...ofWarehouse.map((result) => ({ part: 'warehouse' as const, ...result })),
  ];
  const failed = checks.filter((result) => result.error !== undefined);
  const exitCode = failed.length === 0 ? EXIT.done : EXIT.failed;
  if (options.json) {
    const status = exitCode === EXIT.done ? 'done' : 'failed';
    const list = checks.map(({ part, what, error }) => jsonCheck(part, what, error));
    io.stdout(jsonLine({ event: 'end', status, exit_code: exitCode, checks: list }));
  } else {
    print(checks, io);
  }
  return exitCode;
}

function print(checks: readonly Checked[], io: Io): void {
  const c = colors(io.color.stdout);
  for (const { part, what, error } of checks) {
    const mark = error === undefined ? c.green('✓') : c.red('✗');
    io.stdout(`${mark} ${part.padEnd(9)}  ${what}\n`);
    if (error !== undefined) io.stderr(formatError(error, io.color.stderr));
  }
}
