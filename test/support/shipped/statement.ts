import type { Session } from '../../../src/warehouse/contract.js';

/** Carries out one statement of a test's own in a session that is open already. */
export async function statement(session: Session, sql: string): Promise<void> {
  await session.execute(
    { kind: 'statement', sql, parameters: [] },
    {
      parameters: {},
      purpose: { runId: 'test' },
      signal: new AbortController().signal,
      open: () => {
        throw new Error('a statement opens no file');
      },
    },
  );
}
