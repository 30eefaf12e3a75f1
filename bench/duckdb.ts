import { Desk } from './duckdb/desk.js';
import { first } from './duckdb/scenarios/first.js';
import { night } from './duckdb/scenarios/night.js';
import { others } from './duckdb/scenarios/others.js';
import { shapes } from './duckdb/scenarios/shapes.js';
import { sizes } from './duckdb/scenarios/sizes.js';
import { start } from './duckdb/scenarios/start.js';
import { machine, printLine } from './report.js';

/** Loading into DuckDB: `npm run bench:duckdb [-- scenario[:rows] …]`; without a word all scenarios, which takes an hour. */

const SCENARIOS: Readonly<Record<string, (desk: Desk, rows?: number) => Promise<void>>> = {
  first,
  sizes,
  night,
  shapes,
  start,
  others,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SCENARIOS);
printLine(machine());
for (const word of wanted) {
  const [name = '', rows] = word.split(':');
  const scenario = SCENARIOS[name];
  if (scenario === undefined)
    throw new Error(`no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  const desk = new Desk();
  try {
    await (rows === undefined ? scenario(desk) : scenario(desk, Number(rows)));
  } finally {
    desk.close();
  }
}
