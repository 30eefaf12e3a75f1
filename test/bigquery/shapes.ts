/** Where an answer differs from a recorded one, in which `<*>` stands for anything that is there. */
export function differences(
  recorded: unknown,
  actual: unknown,
  options: { readonly exact: boolean; readonly optional?: readonly string[] },
  place = 'body',
): readonly string[] {
  if (recorded === '<*>') return actual === undefined ? [`${place} is missing`] : [];
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return [`${place} is no list`];
    const length = recorded.length === actual.length ? [] : [`${place} has ${actual.length} items`];
    return [
      ...length,
      ...recorded.flatMap((item, n) => differences(item, actual[n], options, `${place}[${n}]`)),
    ];
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${place} is no object`];
    const expected = Object.entries(recorded).filter(([key]) => options.optional?.includes(key) !== true);
    const found = actual as Readonly<Record<string, unknown>>;
    const extra = options.exact ? Object.keys(found).filter((key) => !Object.hasOwn(recorded, key)) : [];
    return [
      ...expected.flatMap(([key, value]) => differences(value, found[key], options, `${place}.${key}`)),
      ...extra.map((key) => `${place}.${key} was not recorded`),
    ];
  }
  return recorded === actual
    ? []
    : [`${place} is ${JSON.stringify(actual)}, recorded ${JSON.stringify(recorded)}`];
}
