const PIECES = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * JSON as Snowflake shows a VARIANT: two spaces for each depth. Only white space is changed, so that numbers keep all
 * their digits.
 */
export function prettyJson(text: string): string {
  let depth = 0;
  let written = '';
  const pieces = text.match(PIECES) ?? [];
  const line = (): string => `\n${'  '.repeat(depth)}`;
  pieces.forEach((piece, at) => {
    const empty = pieces[at + 1] === '}' || pieces[at + 1] === ']';
    const wasEmpty = pieces[at - 1] === '{' || pieces[at - 1] === '[';
    if (piece === '{' || piece === '[') {
      depth += 1;
      written += empty ? piece : `${piece}${line()}`;
    } else if (piece === '}' || piece === ']') {
      depth -= 1;
      written += wasEmpty ? piece : `${line()}${piece}`;
    } else if (piece === ',') {
      written += `,${line()}`;
    } else {
      written += piece === ':' ? ': ' : piece;
    }
  });
  return written;
}
