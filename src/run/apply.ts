import { asHeaploadError, interrupted } from '../errors.js';
import type { RenderedLoad } from '../render/render.js';
import type { ObjectStore } from '../source/object-store.js';
import type { ByteSource } from '../avro/types.js';
import type {
  Operation,
  OperationResult,
  Parameters,
  Purpose,
  Session,
  TransferFile,
} from '../warehouse/contract.js';
import type { Emit, LoadIdentity } from './events.js';
import { readAhead } from './read-ahead.js';

/** What carrying out operations needs. No config, template or dialect: apply cannot make SQL. */
export interface ApplyContext {
  readonly session: Session;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Runs what must not overlap with the same of another load; absent: nothing does. */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Told what the warehouse charged for an operation. */
  readonly billed?: (bytes: bigint) => void;
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
  const { signal, emit } = context;
  let bound = parameters;
  for (const operation of operations) {
    if (signal.aborted) throw interrupted();
    emit({ kind: 'operation', operation, load });
    context.onOperation?.('before', operation);
    const result = await applyOperation(operation, context, bound, load);
    context.onOperation?.('after', operation);
    if (result.bytesBilled !== undefined) context.billed?.(result.bytesBilled);
    if (operation.kind === 'transfer') bound = { ...bound, rows_read: BigInt(result.rows) };
  }
  return bound;
}

async function applyOperation(
  operation: Operation,
  context: ApplyContext,
  parameters: Parameters,
  load: LoadIdentity | undefined,
): Promise<OperationResult> {
  const { session, store, signal, emit } = context;
  const { local } = store;
  const files = operation.kind === 'transfer' ? operation.files : [];
  const ahead = readAhead(files, (file, until) => openFile(store, file, until), signal);
  try {
    return await session.execute(operation, {
      parameters,
      purpose: purposeOf(parameters, load),
      signal,
      open: (file) => ahead.open(file),
      ...(local === undefined
        ? {}
        : { local: (file: TransferFile) => local(file.key, { etag: file.etag, signal }) }),
      progress: (done) => {
        if (load !== undefined) emit({ kind: 'load-progress', load, ...done });
      },
    });
  } finally {
    ahead.stop();
  }
}

function purposeOf(parameters: Parameters, load: LoadIdentity | undefined): Purpose {
  const runId = String(parameters.run_id);
  if (load === undefined) return { runId };
  const { loadId, dumpId, table } = load;
  return { runId, load: { loadId, dumpId, table } };
}

/**
 * One load: additive DDL, staging, one transaction, clean-up. Throws what stopped it; then nothing of it is visible.
 * Gives the bytes the warehouse charged, where it charges by bytes.
 */
export async function applyLoad(
  load: RenderedLoad,
  context: ApplyContext,
  parameters: Parameters,
): Promise<bigint | undefined> {
  const identity = identityOf(load);
  let charged: bigint | undefined;
  const counting: ApplyContext = {
    ...context,
    billed: (bytes) => {
      charged = (charged ?? 0n) + bytes;
    },
  };
  // A load without files stages nothing and so reads no rows.
  const bound: Parameters = { ...parameters, rows_read: 0n };
  const inTurn = context.inTurn ?? ((work) => work());
  await inTurn(() => applyOperations(load.prepare, counting, bound, identity));
  const staged = await applyOperations(load.stage, counting, bound, identity);
  await inTurn(() => applyOperations(load.publish, counting, staged, identity));
  await applyOperations(load.cleanup, counting, staged, identity);
  return charged;
}

export function identityOf(load: RenderedLoad): LoadIdentity {
  const { loadId, dumpId, table, mode } = load.load;
  return { loadId, dumpId, table, mode };
}

async function* openFile(store: ObjectStore, file: TransferFile, signal: AbortSignal): ByteSource {
  try {
    const body = await store.open(file.key, { etag: file.etag, signal });
    yield* body.bytes;
  } catch (error) {
    throw asHeaploadError(error).at({ file: file.key });
  }
}
