import type { DuckDBValue } from '@duckdb/node-api';
import { billed, bytesOfTables } from './bytes.js';
import type { Table } from './catalog.js';
import { catalogView } from './catalog-views.js';
import { runDdl } from './ddl.js';
import { type Changed, dmlTarget, runDml, used } from './dml.js';
import { ServiceError, explained, invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, findOutside, isSymbol, keyword } from './lexer.js';
import { tablesOf } from './references.js';
import { type ResultSet, resultSet } from './results.js';
import { type ScriptStatement, checkDeclarations, readDeclaration, readScript } from './statements.js';
import type { Scope } from './scope.js';
import type { ScriptContext, StatementDone } from './script-context.js';
import { Transactions } from './transactions.js';
import { translate } from './translate.js';
import { Variables } from './variables.js';

/** Carries out the statements of a job one after another. */
export class Script {
  readonly #context: ScriptContext;
  readonly #sql: string;
  readonly #variables: Variables;
  readonly #transactions: Transactions;
  #rowCount: bigint | undefined;

  constructor(sql: string, context: ScriptContext) {
    this.#sql = sql;
    this.#context = context;
    this.#variables = new Variables(context.connection);
    this.#transactions = new Transactions(context.locks, context.connection);
  }

  async run(): Promise<readonly StatementDone[]> {
    const done: StatementDone[] = [];
    try {
      const statements = readScript(this.#sql);
      checkDeclarations(statements);
      await this.#all(statements, done);
      if (done.length === 0) throw invalidQuery('Syntax error: Unexpected end of statement');
      return done;
    } finally {
      // What a script does not commit is rolled back when it ends.
      await this.#transactions.end('ROLLBACK');
    }
  }

  async #all(statements: readonly ScriptStatement[], done: StatementDone[]): Promise<void> {
    for (const statement of statements) {
      if (this.#context.isCancelled())
        throw new ServiceError(499, 'stopped', 'Job execution was cancelled: User requested cancellation');
      if (statement.kind === 'loop') {
        const { variable, query, body } = statement;
        const asked = await this.#guarded(() => this.#statement(query));
        done.push(asked);
        await this.#variables.forEach(variable, asked.result ?? NO_ROWS, () => this.#all(body, done));
      } else done.push(await this.#guarded(() => this.#statement(statement.tokens)));
    }
  }

  /** What would be done, as far as it can be known without doing it. */
  async dryRun(): Promise<readonly StatementDone[]> {
    const statements = readScript(this.#sql);
    const [first] = statements;
    if (first === undefined) throw invalidQuery('Syntax error: Unexpected end of statement');
    // Of a script the service only looks at the syntax.
    if (statements.length > 1 || first.kind === 'loop')
      return statements.map(() => ({ statementType: 'SCRIPT', bytes: 0n }));
    const only = first.tokens;
    const verb = keyword(only[0]);
    const bytes = await this.#check(only);
    if (!['SELECT', 'WITH', ''].includes(verb)) return [{ statementType: verb, bytes }];
    const sql = `SELECT * FROM (${translate(only, this.#scope())}) LIMIT 0`;
    const result = await this.#guarded(() =>
      this.#context.connection.runAndReadAll(sql, used(sql, this.#values())),
    );
    return [{ statementType: 'SELECT', result: resultSet(result), bytes }];
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { catalog, location } = this.#context;
      throw error instanceof ServiceError ? error : explained(error, catalog.project, location);
    }
  }

  async #statement(tokens: readonly Token[]): Promise<StatementDone> {
    const verb = keyword(tokens[0]);
    const plain = (statementType: string): StatementDone => ({ statementType, bytes: 0n });
    switch (verb) {
      case 'BEGIN':
        if (tokens.length > 1 && keyword(tokens[1]) !== 'TRANSACTION')
          throw unknownToStandIn('blocks of BEGIN and END');
        await this.#transactions.begin();
        return plain('BEGIN_TRANSACTION');
      case 'COMMIT':
      case 'ROLLBACK':
        if (!this.#transactions.isOpen) throw invalidQuery(`No active transaction in ${verb}`);
        await this.#transactions.end(verb);
        return plain(`${verb}_TRANSACTION`);
      case 'DECLARE':
        await this.#declare(tokens);
        return plain('DECLARE');
      case 'SET':
        await this.#set(tokens);
        return plain('ASSIGNMENT');
      default:
        return await this.#carryOut(verb, tokens);
    }
  }

  async #carryOut(verb: string, tokens: readonly Token[]): Promise<StatementDone> {
    const bytes = await this.#check(tokens);
    switch (verb) {
      case 'SELECT':
      case 'WITH':
      case '':
        return { statementType: 'SELECT', result: await this.#query(tokens), bytes };
      case 'ASSERT':
        await this.#assert(tokens);
        return { statementType: 'ASSERT', bytes };
      case 'INSERT':
      case 'UPDATE':
      case 'DELETE':
      case 'MERGE':
      case 'TRUNCATE': {
        const changed = await this.#dml(tokens);
        this.#rowCount = changed.inserted + changed.updated + changed.deleted;
        return { statementType: verb === 'TRUNCATE' ? 'TRUNCATE_TABLE' : verb, changed, bytes };
      }
      case 'CREATE':
      case 'ALTER':
      case 'DROP': {
        if (this.#transactions.isOpen) {
          throw invalidQuery(`${verb} TABLE of a permanent table is not supported inside a transaction.`);
        }
        const { catalog, connection, defaultDataset, location } = this.#context;
        const scope = this.#scope();
        const statementType = await runDdl(tokens, { catalog, connection, defaultDataset, location, scope });
        return { statementType, bytes: 0n };
      }
      default:
        throw unknownToStandIn(`the statement ${verb}`);
    }
  }

  /** What the service looks at before it starts; gives the bytes it would read. */
  async #check(tokens: readonly Token[], sql = this.#textOf(tokens)): Promise<bigint> {
    const { catalog, connection, location, analyze, maximumBytesBilled, defaultDataset } = this.#context;
    const tables = tablesOf(tokens, catalog, defaultDataset, location);
    await analyze?.(sql, tables, this.#names());
    const bytes = await bytesOfTables(tables.filter(isRead(tokens)), connection, this.#context.bytesPerValue);
    if (maximumBytesBilled !== undefined && billed(bytes) > maximumBytesBilled) {
      const message = `Query exceeded limit for bytes billed: ${maximumBytesBilled}. ${billed(bytes)} or higher required.`;
      throw new ServiceError(400, 'bytesBilledLimitExceeded', message);
    }
    return bytes;
  }

  #textOf(tokens: readonly Token[]): string {
    return this.#sql.slice(tokens[0]?.start, tokens.at(-1)?.end);
  }

  #names() {
    const parameters = new Map([...this.#context.parameters].map(([name, { type }]) => [name, type]));
    return { parameters, variables: this.#variables.types };
  }

  #scope(): Scope {
    const { catalog } = this.#context;
    return {
      project: catalog.project,
      ...this.#names(),
      rowCount: this.#rowCount,
      catalogView: (dataset, view) => catalogView(catalog, dataset, view),
    };
  }

  #values(): Readonly<Record<string, DuckDBValue>> {
    return Object.fromEntries([...this.#context.parameters].map(([name, { value }]) => [name, value]));
  }

  async #query(tokens: readonly Token[]): Promise<ResultSet> {
    const sql = translate(tokens, this.#scope());
    return resultSet(await this.#context.connection.runAndReadAll(sql, used(sql, this.#values())));
  }

  async #assert(tokens: readonly Token[]): Promise<void> {
    const as = findOutside(tokens, 1, (token) => keyword(token) === 'AS');
    const sql = `SELECT ${translate(tokens.slice(1, as), this.#scope())}`;
    const reader = await this.#context.connection.runAndReadAll(sql, used(sql, this.#values()));
    if (reader.getRows()[0]?.[0] === true) return;
    throw invalidQuery(tokens[as + 1]?.text ?? 'Assertion failed');
  }

  async #dml(tokens: readonly Token[]): Promise<Changed> {
    const { catalog, connection, defaultDataset } = this.#context;
    const context = { catalog, connection, defaultDataset, scope: this.#scope(), values: this.#values() };
    const ref = dmlTarget(tokens, context);
    const locks = keyword(tokens[0]) !== 'INSERT';
    return await this.#transactions.change(`${ref.dataset}.${ref.table}`, locks, () =>
      runDml(tokens, context),
    );
  }

  /** DECLARE a, b TYPE [DEFAULT expression] */
  async #declare(tokens: readonly Token[]): Promise<void> {
    const { names, type: given, expression } = readDeclaration(tokens);
    const type = given ?? (await this.#query([SELECT, ...expression])).columns[0]?.type;
    if (type === undefined) throw invalidQuery('Syntax error: Expected a type or DEFAULT');
    for (const name of names) {
      this.#variables.declare(name, type);
      await this.#assign(name, expression);
    }
  }

  /** SET name = expression */
  async #set(tokens: readonly Token[]): Promise<void> {
    const name = tokens[1]?.text.toLowerCase() ?? '';
    this.#variables.typeOf(name);
    if (!isSymbol(tokens[2], '=')) throw invalidQuery('Syntax error: Expected "=" in SET');
    const expression = tokens.slice(3);
    // Whatever can be assigned to the variable can stand beside it.
    await this.#check(expression, `SELECT IF(TRUE, ${name}, (${this.#textOf(expression)}))`);
    await this.#assign(name, expression);
  }

  async #assign(name: string, expression: readonly Token[]): Promise<void> {
    const value = expression.length === 0 ? 'NULL' : translate(expression, this.#scope());
    await this.#variables.assign(name, value, used(value, this.#values()));
  }
}

/** What CREATE replaces is not read, and a view that is replaced may not be valid any more. */
function isRead(tokens: readonly Token[]): (table: Table) => boolean {
  if (keyword(tokens[0]) !== 'CREATE') return () => true;
  const as = findOutside(tokens, 0, (token) => keyword(token) === 'AS');
  const named = new Set(tokens.slice(as).flatMap(({ text }) => text.split('.')));
  return ({ ref }) => named.has(ref.table);
}

const SELECT: Token = { kind: 'name', text: 'SELECT', apart: false, start: 0, end: 0 };

const NO_ROWS: ResultSet = { columns: [], rows: [] };
