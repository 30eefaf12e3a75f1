import { type LogicalType, sameType } from '../../schema/logical-types.js';
import type { Value } from '../../schema/values.js';
import type { RecordType } from '../avro-type.js';
import type { Read } from '../scalars.js';
import type { BlockCopy } from './block-copy.js';
import { encodeValue } from './encode.js';
import { Output } from './output.js';
import { type PlainField, VALUE_BRANCH, passField, plainField } from './plain-field.js';
import type { RepackColumn, RepackFile } from './types.js';

/** Writes the staged columns of one row and moves the block's cursor behind the row. Throws `Malformed`. */
export type CopyRow = (block: BlockCopy, out: Output) => void;

/** A field of a file's records, on its way to a staged column. */
export interface Move {
  /** Place among the staged columns, or -1. */
  readonly target: number;
  readonly type: LogicalType;
  /** Undefined: each value has to be encoded anew. */
  readonly plain: PlainField | undefined;
  readonly read: Read<Value>;
}

const SCRATCH_BYTES = 16 * 1024;

/** Pairs the fields of a file with the staged columns. */
export function movesOf(
  schema: RecordType,
  readers: readonly Read<Value>[],
  { key, header, targets }: RepackFile,
  columns: readonly RepackColumn[],
): readonly Move[] {
  return schema.fields.map((field, place) => {
    const target = targets[place] ?? -1;
    const type = header[place]?.type;
    const read = readers[place];
    const staged = columns[target];
    if (type === undefined || read === undefined || (staged !== undefined && !sameType(staged.type, type)))
      throw new TypeError(`column ${field.name} of ${key} is not staged as the type it has`);
    return { target, type, plain: plainField(field.type), read };
  });
}

/** Compiles the moves. Columns that are not loaded are read all the same, so that damage in them is seen. */
export function copyRow(moves: readonly Move[], columns: number): CopyRow {
  const loaded = moves.filter((move) => move.target >= 0);
  const isInOrder = loaded.every(({ target }, n) => target > (loaded[n - 1]?.target ?? -1));
  return isInOrder ? inOrder(moves, columns) : gathered(moves, columns);
}

/** The file's columns come in the order of the staged ones: what is the same is copied in as long spans as can be. */
function inOrder(moves: readonly Move[], columns: number): CopyRow {
  let next = 0;
  const steps = moves.map((move) => {
    if (move.target < 0) return { move, loaded: false, nulls: 0, bare: false };
    const nulls = move.target - next;
    next = move.target + 1;
    return { move, loaded: true, nulls, bare: move.plain?.isUnion === false };
  });
  const nullsAtEnd = columns - next;
  return (block, out) => {
    const { cursor, source } = block;
    /** Start of what is to be copied as it stands. */
    let from = cursor.position;
    for (const { move, loaded, nulls, bare } of steps) {
      const start = cursor.position;
      if (nulls > 0) {
        out.span(source, from, start);
        out.nulls(nulls);
        from = start;
      }
      const { plain } = move;
      if (plain !== undefined && passField(plain, block)) {
        if (loaded && !bare) continue;
        out.span(source, from, start);
        from = loaded ? start : cursor.position;
        if (bare) out.byte(VALUE_BRANCH);
      } else {
        out.span(source, from, start);
        const value = readValue(move, block);
        if (loaded) encodeValue(out, move.type, value);
        from = cursor.position;
      }
    }
    out.span(source, from, cursor.position);
    if (nullsAtEnd > 0) out.nulls(nullsAtEnd);
  };
}

function readValue({ read }: Move, block: BlockCopy): Value {
  const { cursor } = block;
  const start = cursor.position;
  const value = read(cursor);
  block.passOver(start, cursor.position);
  return value;
}

/** The file has the columns in another order: a row is read whole, then written in the order of the staged ones. */
function gathered(moves: readonly Move[], columns: number): CopyRow {
  const row = new Output(SCRATCH_BYTES);
  const origins = Array.from({ length: columns }, (_, place) =>
    moves.findLastIndex((move) => move.target === place),
  );
  const ends = moves.map(() => 0);
  return (block, out) => {
    row.clear();
    moves.forEach((move, place) => {
      copyField(move, block, row);
      ends[place] = row.length;
    });
    for (const origin of origins) {
      if (origin < 0) out.nulls(1);
      else out.span(row.bytes, ends[origin - 1] ?? 0, ends[origin] ?? 0);
    }
  };
}

function copyField(move: Move, block: BlockCopy, out: Output): void {
  const start = block.cursor.position;
  if (move.plain === undefined || !passField(move.plain, block)) {
    encodeValue(out, move.type, readValue(move, block));
    return;
  }
  if (!move.plain.isUnion) out.byte(VALUE_BRANCH);
  out.span(block.source, start, block.cursor.position);
}
