import { expect, it } from 'vitest';
import { Desk, blocksOf } from './support.js';

it('the piece of a plan in the README is what heapload plan prints', async () => {
  const desk = await Desk.create();
  try {
    const { exitCode, stdout } = await desk.shell(
      'heapload run --to-dump 99 --table users >&2 && heapload plan --to-dump 101 --table users',
    );
    expect(exitCode).toBe(0);
    const [block] = blocksOf('README.md', 'sql');
    const pieces = (block?.text ?? '').split(/^-- …$/m).map((piece) => piece.trim());
    expect(pieces.length).toBeGreaterThan(3);
    let from = 0;
    for (const piece of pieces) {
      const at = stdout.indexOf(piece, from);
      expect(at, `not in the plan, or not there:\n${piece}\n\nthe plan:\n${stdout}`).toBeGreaterThanOrEqual(
        0,
      );
      from = at + piece.length;
    }
  } finally {
    await desk.dispose();
  }
});
