import type { AvroType, RecordType } from '../avro-type.js';
import type { ColumnBuffer } from './column-buffer.js';
import type { Engine } from './engine.js';
import { Operation } from './operations.js';
import type { Window } from './window.js';

/** How a record is read and where its fields go: what the assembly follows, field by field. */
export class Program {
  readonly #engine: Engine;
  readonly #fields: readonly Field[];
  readonly #columns: readonly (ColumnBuffer | undefined)[];
  #place = 0;
  #age = -1;

  /** `columns`: for each field the column it goes to; undefined: it is read over. */
  constructor(engine: Engine, record: RecordType, columns: readonly (ColumnBuffer | undefined)[]) {
    this.#engine = engine;
    this.#fields = record.fields.map((field) => fieldOf(field.type));
    this.#columns = columns;
  }

  get fields(): number {
    return this.#fields.length;
  }

  /** Where it stands in the memory, put there anew when the window has given its place away. */
  place(window: Window): number {
    if (this.#age === window.age) return this.#place;
    const { assembly } = this.#engine;
    const place = window.take(assembly.programBytes(this.fields));
    this.#fields.forEach(({ operation, nullBranch }, n) => {
      // Of a type that is null there is no value to store.
      const column = operation === Operation.nothing ? undefined : this.#columns[n];
      assembly.setField(place, n, operation, nullBranch, column?.place ?? 0);
    });
    this.#place = place;
    this.#age = window.age;
    return place;
  }
}

/** How a field of a record is read. */
interface Field {
  readonly operation: Operation;
  /** The branch that is null, where the field is a union of null and one type; else -1. */
  readonly nullBranch: number;
}

/** Flat fields of plain types, nullable or not, have operations of their own; all else is `other`. */
function fieldOf(type: AvroType): Field {
  const plain = plainType(type);
  const operation = operationOf(plain.type);
  return { operation, nullBranch: operation === Operation.other ? -1 : plain.nullBranch };
}

function plainType(type: AvroType): { readonly type: AvroType; readonly nullBranch: number } {
  if (type.kind !== 'union' || type.branches.length !== 2) return { type, nullBranch: -1 };
  const nullBranch = type.branches.findIndex((branch) => branch.kind === 'null');
  const value = type.branches[1 - nullBranch];
  if (nullBranch < 0 || value === undefined || value.kind === 'null') return { type, nullBranch: -1 };
  return { type: value, nullBranch };
}

function operationOf(type: AvroType): Operation {
  switch (type.kind) {
    case 'null':
      return Operation.nothing;
    case 'boolean':
      return Operation.boolean;
    case 'int':
      return type.logical?.kind === 'date' ? Operation.date : Operation.int;
    case 'long':
      return type.logical?.kind === 'timestamp' && type.logical.unit === 'millis'
        ? Operation.millis
        : Operation.long;
    case 'float':
      return Operation.float;
    case 'double':
      return Operation.double;
    case 'string':
      return Operation.text;
    case 'bytes':
    case 'fixed':
    case 'enum':
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      return Operation.other;
  }
}
