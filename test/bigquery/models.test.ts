import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGER, LEDGER_COLUMNS } from '../../src/plan/ledger.js';
import { analysisBy } from '../stand-ins/bigquery/analysis.js';
import { startBigQueryStandIn } from '../stand-ins/bigquery/server.js';
import { typeNamed } from '../stand-ins/bigquery/types.js';
import { bigqueryDialect } from '../../warehouses/bigquery/dialect.js';
import type { Analyzer, SqlTable, SqlType } from '../tools/zetasql/analyzer.js';
import { analyzeScript } from '../tools/zetasql/script.js';
import { sharedAnalyzer } from '../tools/zetasql/shared.js';

// The golden SQL of models, as Google sees it.

let analyzer: Analyzer;
beforeAll(async () => {
  const found = await sharedAnalyzer();
  if (found !== undefined) analyzer = found;
});
beforeEach(async (context) => {
  if ((await sharedAnalyzer()) === undefined) context.skip("Google's SQL analyzer is not installed");
});

async function golden(name: string): Promise<string> {
  return await readFile(path.join(import.meta.dirname, '../golden', name, 'bigquery.sql'), 'utf8');
}

describe('the SQL of user models', () => {
  const columns = (
    ...named: readonly (readonly [name: string, type: SqlType['name']])[]
  ): SqlTable['columns'] => named.map(([name, type]) => ({ name, type: { name: type } }));
  const recent = columns(
    ['event_id', 'INT64'],
    ['user_id', 'INT64'],
    ['path', 'STRING'],
    ['title', 'STRING'],
  );
  const tables: readonly SqlTable[] = [
    {
      path: ['heap', LEDGER.lease],
      columns: LEDGER_COLUMNS.lease.map(({ name, type }) => ({ name, type: sqlType(type) })),
    },
    {
      path: ['heap', 'pageviews'],
      columns: columns(
        ['event_id', 'INT64'],
        ['user_id', 'INT64'],
        ['path', 'STRING'],
        ['time', 'TIMESTAMP'],
      ),
    },
    { path: ['heap_models', 'paths'], columns: columns(['path', 'STRING']) },
    { path: ['heap_models', 'readers'], columns: columns(['user_id', 'INT64'], ['views', 'INT64']) },
    { path: ['heap_models', 'recent'], columns: recent },
    { path: ['heap_models', '_heapload_model_recent'], columns: recent },
  ];
  const parameters = new Map<string, SqlType>([['lease_token', { name: 'INT64' }]]);

  it('resolves in every statement, and in none with a name that is not there', async () => {
    const script = await golden('user-models');
    expect(await analyzeScript(analyzer, script, { tables, parameters })).toBeGreaterThan(40);
    for (const [right, wrong] of [
      ['`readers`', '`reader`'],
      ['_heapload_source.`title`', '_heapload_source.`titel`'],
      ['`token` = @lease_token', '`token` = @token'],
    ] as const) {
      expect(script).toContain(right);
      await expect(
        analyzeScript(analyzer, script.replaceAll(right, wrong), { tables, parameters }),
      ).rejects.toThrow(/not found|Unrecognized|parameter/i);
    }
  });
});

function sqlType(type: Parameters<typeof bigqueryDialect.columnType>[0]): SqlType {
  const name = typeNamed(bigqueryDialect.columnType(type));
  if (name === undefined) throw new Error('no such type');
  return { name };
}

describe('the SQL of shipped models', () => {
  it.each(['shipped-models', 'shipped-models-odd'])('%s: resolves and runs in order', async (name) => {
    const standIn = await startBigQueryStandIn({ project: 'acme', analyze: analysisBy(analyzer) });
    try {
      const client = new BigQuery({
        ...{
          projectId: 'acme',
          location: 'US',
          apiEndpoint: standIn.url,
          authClient: new PassThroughClient(),
        },
        ...{ autoRetry: false, maxRetries: 0 },
      });
      for (const schema of ['heap', 'heap_resolved']) await client.query(`CREATE SCHEMA ${schema}`);
      const statements = await analyzer.split(await golden(name));
      expect(statements.length).toBeGreaterThan(30);
      for (const sql of statements) await client.query(sql);
    } finally {
      await standIn.stop();
    }
  });
});
