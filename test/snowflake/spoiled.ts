import { goldenStatements, stepStatements } from './sent-statements.js';

/** One of our statements, and the same with one thing in it changed. */
export interface Spoiled {
  readonly kind: string;
  readonly right: string;
  readonly wrong: string;
  readonly sound: string;
  readonly spoiled: string;
}

/** Takes the first statement that begins with `kind` and holds `right`, and puts `wrong` in its place. */
export function spoil(kind: string, right: string, wrong: string): Spoiled {
  const sound = [...goldenStatements(), ...stepStatements()]
    .map(({ sql }) => sql)
    .find((sql) => sql.startsWith(kind) && sql.includes(right));
  if (sound === undefined) throw new Error(`no ${kind} of ours has ${right}`);
  return { kind, right, wrong, sound, spoiled: sound.replace(right, wrong) };
}
