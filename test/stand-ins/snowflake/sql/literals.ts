/** Values as the engine's SQL; it takes a string constant for whatever it is compared with, as Snowflake does. */
export function stringConstant(text: string): string {
  if (!text.includes('\0')) return `'${text.replaceAll("'", "''")}'`;
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return `(${parts.join(' || chr(0) || ')})`;
}

/** A value bound to a place, as the driver sends it. */
export interface Bind {
  readonly type: string;
  readonly value: string | null;
}

export function bindConstant(bind: Bind): string {
  if (bind.value === null) return 'NULL';
  switch (bind.type) {
    case 'FIXED':
      if (!/^-?\d+$/.test(bind.value)) throw new Error(`not a whole number: ${bind.value}`);
      return bind.value;
    case 'REAL':
      return `CAST(${stringConstant(bind.value)} AS DOUBLE)`;
    case 'BOOLEAN':
      return bind.value === 'true' ? 'TRUE' : 'FALSE';
    case 'TEXT':
      return stringConstant(bind.value);
    default:
      throw new Error(`no binds of type ${bind.type}`);
  }
}

/** Microseconds since 1970 as a constant of the engine. */
export function instantConstant(micros: bigint): string {
  return `make_timestamp(${micros})`;
}
