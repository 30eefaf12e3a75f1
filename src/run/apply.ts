import { HeaploadError, asHeaploadError } from '../errors.js';
import type { RenderedLoad } from '../render/render.js';
import type { ObjectStore } from '../source/object-store.js';
import type { ByteSource } from '../avro/types.js';
import type { Operation, Parameters, Session, TransferFile } from '../warehouse/contract.js';
import type { Emit, LoadIdentity } from './events.js';

/** What carrying out operations needs. No config, template or dialect: apply cannot make SQL. */
export interface ApplyContext {
  readonly session: Session;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Called before and after every operation; tests stop the process here. */
  readonly onOperation?: (moment: 'before' | 'after', operation: Operation) => void;
}

/** Carries out operations in order; gives the rows the last transfer counted, which `$rows_read` stands for. */
export async function applyOperations(
  operations: readonly Operation[],
  context: ApplyContext,
  parameters: Parameters,
  load?: LoadIdentity,
): Promise<Parameters> {
  const { session, signal, emit } = context;
  let bound = parameters;
  for (const operation of operations) {
    if (signal.aborted) throw interrupted();
    emit({ kind: 'operation', operation, load });
    context.onOperation?.('before', operation);
    const result = await session.execute(operation, {
      parameters: bound,
      signal,
      open: (file) => openFile(context, file),
      progress: (done) => {
        if (load !== undefined) emit({ kind: 'load-progress', load, ...done });
      },
    });
    context.onOperation?.('after', operation);
    if (operation.kind === 'transfer') bound = { ...bound, rows_read: BigInt(result.rows) };
  }
  return bound;
}

/** One load: additive DDL, staging, one transaction, clean-up. Throws what stopped it; then nothing of it is visible. */
export async function applyLoad(
  load: RenderedLoad,
  context: ApplyContext,
  parameters: Parameters,
): Promise<void> {
  const identity = identityOf(load);
  // A load without files stages nothing and so reads no rows.
  let bound: Parameters = { ...parameters, rows_read: 0n };
  for (const phase of [load.prepare, load.stage, load.publish, load.cleanup]) {
    bound = await applyOperations(phase, context, bound, identity);
  }
}

export function identityOf(load: RenderedLoad): LoadIdentity {
  const { loadId, dumpId, table, mode } = load.load;
  return { loadId, dumpId, table, mode };
}

async function* openFile(context: ApplyContext, file: TransferFile): ByteSource {
  try {
    const body = await context.store.open(file.key, { etag: file.etag, signal: context.signal });
    yield* body.bytes;
  } catch (error) {
    throw asHeaploadError(error).at({ file: file.key });
  }
}

export function interrupted(): HeaploadError {
  return new HeaploadError('INTERRUPTED', 'The run was stopped.', {
    hint: 'What was committed stays; run again to go on from there.',
  });
}
