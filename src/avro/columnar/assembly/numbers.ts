/** The bit of each byte that says that the number goes on. */
const MORE: u64 = 0x8080_8080_8080_8080;
const LONGEST: u32 = 10;

/** The bytes of the number read last; 0: it has more than 64 bits. */
let length: u32 = 0;

export function numberLength(): u32 {
  return length;
}

/**
 * Reads a number of variable length, in groups of seven bits, and writes zeros over its bytes above 0x7f.
 * {@link numberLength} tells how many bytes it has.
 */
export function readNumber(at: usize): u64 {
  const first = load<u8>(at);
  if (first < 0x80) {
    length = 1;
    return first;
  }
  const bytes = load<u64>(at);
  const ends = ~bytes & MORE;
  if (ends === 0) return readLongNumber(at);
  length = ((ctz(ends) as u32) >> 3) + 1;
  store<u64>(at, bytes & ~lowBytes(length - 1));
  return joinGroups(bytes & lowBytes(length));
}

/** Nine or ten bytes. */
function readLongNumber(at: usize): u64 {
  let value: u64 = 0;
  for (let n: u32 = 0; n < LONGEST; n++) {
    const byte = load<u8>(at + n);
    value |= ((byte & 0x7f) as u64) << (7 * n);
    if (byte >= 0x80) continue;
    length = n === LONGEST - 1 && byte > 1 ? 0 : n + 1;
    if (length > 0) memory.fill(at, 0, n);
    return value;
  }
  length = 0;
  return 0;
}

/** The value of a number written zigzag, so that small negative ones are short too. */
export function zigzag(raw: u64): i64 {
  return ((raw >> 1) ^ (0 - (raw & 1))) as i64;
}

/** The `count` lowest bytes of a word, 0 to 8 of them. */
function lowBytes(count: u32): u64 {
  return count >= 8 ? 0xffff_ffff_ffff_ffff : ((1 as u64) << (count << 3)) - 1;
}

/** Joins the seven low bits of each byte: in pairs, then fours, then all. */
function joinGroups(bytes: u64): u64 {
  let word = bytes & 0x7f7f_7f7f_7f7f_7f7f;
  word = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
  word = (word & 0x0000_3fff_0000_3fff) | ((word & 0x3fff_0000_3fff_0000) >> 2);
  return (word & 0x0fff_ffff) | ((word & 0x0fff_ffff_0000_0000) >> 4);
}
