/**
 * What a field holds is left to the readers of values, which are not in here: `at` is where it begins, `row` the row of
 * the batch. Gives where the next field begins; throws when the bytes are damaged.
 */
export declare function other(field: u32, at: usize, row: u32): usize;
