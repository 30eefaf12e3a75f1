import type { Catalog, Table } from './catalog.js';
import { notFound } from './errors.js';
import { type Token, isSymbol } from './lexer.js';

/** Tables a statement names that exist. Throws when one lies elsewhere than the job, as for the service it is not there. */
export function tablesOf(
  tokens: readonly Token[],
  catalog: Catalog,
  defaultDataset: string | undefined,
  location: string,
): readonly Table[] {
  const found = new Map<string, Table>();
  tokens.forEach((token, n) => {
    if ((token.kind !== 'name' && token.kind !== 'quoted') || isSymbol(tokens[n - 1], '.')) return;
    const parts = pathAt(tokens, n);
    if (parts[0] === catalog.project) parts.shift();
    const candidates = [
      parts.slice(0, 2),
      defaultDataset === undefined ? [] : [defaultDataset, parts[0] ?? ''],
    ];
    for (const [dataset = '', table = ''] of candidates) {
      const known = catalog.datasets.get(dataset);
      if (known === undefined) continue;
      if (known.location.toUpperCase() !== location.toUpperCase() && parts.length > 1) {
        throw notFound(`Dataset ${catalog.project}:${dataset} was not found in location ${location}`);
      }
      const existing = catalog.find({ dataset, table });
      if (existing !== undefined) found.set(`${dataset}.${table}`, existing);
    }
  });
  return [...found.values()];
}

function pathAt(tokens: readonly Token[], from: number): string[] {
  const parts: string[] = [];
  for (let n = from; n < tokens.length; n += 2) {
    const token = tokens[n];
    if (token?.kind !== 'name' && token?.kind !== 'quoted') break;
    parts.push(...(token.kind === 'quoted' && parts.length === 0 ? token.text.split('.') : [token.text]));
    if (!isSymbol(tokens[n + 1], '.')) break;
  }
  return parts;
}
