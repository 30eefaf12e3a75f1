import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Json, type Output, SMALL_DUMPS, cli, jsonLines } from '../cli/support.js';
import { duckdbTarget } from '../support/target.js';
import { NO_MODELS, type Overrides, World } from '../support/world.js';

/** Files of a project by their path beside integration.yml. */
export type Files = Readonly<Record<string, string>>;

/** A folder with dumps, a configuration and models: what somebody who writes models has before them. */
export class Desk {
  private constructor(readonly world: World) {}

  /** Two small dumps with tables `users` and `click`, of which the first is loaded. Shipped models are off. */
  static async create(files: Files, models: Overrides = {}): Promise<Desk> {
    const world = await World.create(duckdbTarget, { models: { ...NO_MODELS, ...models } });
    await world.write(...SMALL_DUMPS);
    const desk = new Desk(world);
    await desk.run(['run', '--to-dump', '9', '--no-models']);
    await desk.write(files);
    return desk;
  }

  get folder(): string {
    return path.dirname(this.world.configFile);
  }

  async write(files: Files): Promise<void> {
    await writeFiles(this.world, files);
  }

  async read(file: string): Promise<string> {
    return await readFile(path.join(this.folder, file), 'utf8');
  }

  async run(argv: readonly string[]): Promise<Output> {
    return await cli([...argv, '--config', this.world.configFile]);
  }

  /** The JSON events of a command, its exit code in the last one. */
  async events(argv: readonly string[]): Promise<readonly Json[]> {
    return jsonLines((await this.run([...argv, '--json'])).stdout);
  }

  /** By name of model or data test: how it went. */
  async outcomes(argv: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const done = (await this.events(argv)).filter(
      ({ event }) => event === 'model_done' || event === 'test_done',
    );
    return Object.fromEntries(
      done.map((event) => [String(event['model'] ?? event['test']), event['status']]),
    );
  }

  async rows(sql: string): Promise<readonly object[]> {
    return await this.world.query(sql);
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
  }
}

/** Puts files beside the configuration of a world. */
export async function writeFiles(world: World, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(path.dirname(world.configFile), name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
