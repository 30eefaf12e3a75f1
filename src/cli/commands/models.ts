import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '../../config/nearest.js';
import { EXIT, HeaploadError } from '../../errors.js';
import { writeArtifacts } from '../../models/artifacts.js';
import type { ModelPlan } from '../../models/plan.js';
import { incompleteTables } from '../../models/tables.js';
import { observe } from '../../run/observe.js';
import { catalogOf, prepareModels } from '../../run/prepare-models.js';
import { nameKey } from '../../schema/identifiers.js';
import { VERSION } from '../../version.js';
import { type Workplace, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { formatNote, textTable } from '../reporters/format.js';
import { jsonLine } from '../reporters/json.js';
import { type BuildOptions, buildCommand, requestOf } from './build.js';

export type ModelsOptions = BuildOptions & {
  readonly action: 'list' | 'compile' | 'run' | 'test' | 'eject';
  readonly name?: string | undefined;
};

/** `models list | compile | run | test | eject NAME`. */
export async function modelsCommand(options: ModelsOptions, io: Io): Promise<number> {
  const { action, name } = options;
  if (action !== 'eject' && name !== undefined) {
    throw new HeaploadError('USAGE', `heapload models ${action} takes no argument ${JSON.stringify(name)}.`, {
      hint: `For example: heapload models ${action} --select ${name}`,
    });
  }
  switch (action) {
    case 'run':
      return await buildCommand(options, io, { models: true, tests: false });
    case 'test':
      return await buildCommand(options, io, { models: false, tests: true });
    case 'list':
      return await list(options, io);
    case 'compile':
      return await compile(options, io);
    case 'eject':
      return await eject(options, io);
    default:
      return action satisfies never;
  }
}

/** Plans what is selected over what the warehouse holds; changes nothing. */
async function planned(options: ModelsOptions, workplace: Workplace, io: Io): Promise<ModelPlan> {
  const scope = { tables: undefined, toDump: undefined };
  const context = { ...workplace, scope, signal: io.signal };
  const seen = await withSession(workplace, 'read', async (session) => {
    const state = await observe(session, workplace.dialect, workplace.queries);
    const catalog = await catalogOf(context, session);
    return { state, catalog, incomplete: incompleteTables(state.ledger, []) };
  });
  const request = { ...requestOf(options), want: { models: true, tests: true } };
  const plan = await prepareModels(context, request, seen);
  if (!options.json) for (const note of plan.notes) io.stderr(formatNote(note, io.color.stderr));
  return plan;
}

async function list(options: ModelsOptions, io: Io): Promise<number> {
  const plan = await planned(options, await openWorkplace(options, io), io);
  const models = plan.models.map(({ model, blocked }) => ({
    name: model.name,
    materialized: model.config.materialized,
    relation: `${model.relation.schema}.${model.relation.name}`,
    origin: model.origin,
    file: model.file,
    tags: model.config.tags,
    reads: [...model.refs.keys(), ...[...model.sources].map((table) => `source:${table}`)].sort(),
    description: model.properties.description,
    blocked: blocked ?? null,
  }));
  const tests = plan.tests.map(({ test }) => ({ name: test.name, severity: test.severity, file: test.file }));
  if (options.json) {
    io.stdout(jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, models, tests }));
    return EXIT.done;
  }
  const rows = models.map((model) => [
    model.name,
    model.materialized,
    model.relation,
    model.origin,
    model.reads.join(', '),
  ]);
  if (rows.length > 0)
    io.stdout(textTable(['model', 'built as', 'relation', 'by', 'reads'], rows, io.color.stdout));
  else io.stdout('There are no models over what is loaded.\n');
  const testRows = tests.map((test) => [test.name, test.severity]);
  if (testRows.length > 0) io.stdout(`\n${textTable(['data test', 'severity'], testRows, io.color.stdout)}`);
  for (const { name, blocked } of models)
    if (blocked !== null) io.stderr(`${name} would not be built: ${blocked}\n`);
  return EXIT.done;
}

/** The one query that is selected goes to stdout; of several the files they were written to. */
async function compile(options: ModelsOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const plan = await planned(options, workplace, io);
  const stamp = { version: VERSION, runId: randomUUID(), now: new Date() };
  const files = writeArtifacts(workplace.config, plan, undefined, stamp);
  const compiled = [
    ...plan.models.map(({ model, query }) => ({ kind: 'model', name: model.name, sql: query })),
    ...plan.tests.map(({ test, query }) => ({ kind: 'test', name: test.name, sql: query })),
  ].map((each) => ({ ...each, file: files.get(each.name) ?? null }));
  const models = compiled.filter(({ kind }) => kind === 'model');
  if (options.json) io.stdout(jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, compiled }));
  else if (options.select !== undefined && models.length === 1) io.stdout(`${models[0]?.sql ?? ''}\n`);
  else
    for (const { file } of compiled)
      io.stdout(`${file === null ? '' : path.relative(process.cwd(), file)}\n`);
  return EXIT.done;
}

/** Copies the template of a shipped model to where the user's own are; from then on that one counts. */
async function eject(options: ModelsOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const { loaded } = await planned({ ...options, select: undefined, exclude: undefined }, workplace, io);
  const shipped = loaded.graph.models.filter((model) => model.origin === 'shipped');
  const names = shipped.map((model) => model.name);
  const { name } = options;
  if (name === undefined) {
    throw new HeaploadError('USAGE', 'heapload models eject needs the name of a shipped model.', {
      hint: `Shipped models: ${names.join(', ') || 'none over what is loaded'}.`,
    });
  }
  const file = path.join(workplace.config.models.path, `${name}.sql`);
  const model = shipped.find((each) => nameKey(each.name) === nameKey(name));
  if (model === undefined) throw notShipped(name, names, loaded.names.models.get(nameKey(name))?.file);
  if (existsSync(file)) throw alreadyThere(file);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${model.text.trimEnd()}\n`, { flag: 'wx' });
  if (options.json)
    io.stdout(jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, model: model.name, file }));
  else
    io.stdout(
      `${path.relative(process.cwd(), file)} is yours now: it takes the place of the shipped model.\n`,
    );
  return EXIT.done;
}

function notShipped(name: string, names: readonly string[], file: string | undefined): HeaploadError {
  if (file !== undefined) {
    return new HeaploadError('MODEL_UNKNOWN', `Model ${name} is your own already.`, {
      hint: `It stands in ${file}.`,
    });
  }
  const close = nearest(name, names);
  const meant =
    close === undefined
      ? `Shipped models: ${names.join(', ') || 'none over what is loaded'}.`
      : `Did you mean ${close}?`;
  return new HeaploadError('MODEL_UNKNOWN', `There is no shipped model ${JSON.stringify(name)}.`, {
    hint: meant,
  });
}

function alreadyThere(file: string): HeaploadError {
  return new HeaploadError('USAGE', `${path.relative(process.cwd(), file)} is there already.`, {
    hint: 'Rename or delete it first.',
    place: { file },
  });
}
