/**
 * Bytes of a unit, in upper or lower case: `KB` to `TB` go by thousands, `KiB` to `TiB` by 1,024; `B` or nothing is a
 * byte.
 */
export function bytesOfUnit(unit: string): bigint {
  const step = /i/i.test(unit) ? 1024n : 1000n;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase().replace(/I?B$/, ''));
  return step ** BigInt(power);
}
