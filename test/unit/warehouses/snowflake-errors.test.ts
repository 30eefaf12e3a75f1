import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { loginError, statementError } from '../../../warehouses/snowflake/errors.js';
import { parseSnowflakeSettings } from '../../../warehouses/snowflake/settings.js';

const parsed = parseSnowflakeSettings(
  {
    account: 'acme',
    user: 'LOADER',
    role: 'LOADING',
    warehouse: 'LOAD_WH',
    database: 'ANALYTICS',
    password: 's3cret',
  },
  '/',
);
if (!parsed.ok) throw new Error('the settings are valid');
const { settings } = parsed;

/** As the driver gives errors to a callback. */
function failure(fields: Record<string, unknown>): Error {
  return Object.assign(new Error(), { name: 'OperationFailedError' }, fields);
}

const SQL = 'MERGE INTO "HEAP"."A"\nUSING x';

describe('a statement that fails', () => {
  it('is told with SQLSTATE, number, query, line and position', () => {
    const error = statementError(
      failure({
        code: '000904',
        sqlState: '42000',
        message: "SQL compilation error: error line 1 at position 7\ninvalid identifier 'X'",
        data: { queryId: '01b2-q', line: 1, pos: 7 },
      }),
      SQL,
      settings,
    );
    expect(error.code).toBe('SQL_FAILED');
    expect(error.message).toBe(
      `SQL compilation error: error line 1 at position 7 invalid identifier 'X' at line 1, position 7 [000904, SQLSTATE 42000, query 01b2-q] (in: MERGE INTO "HEAP"."A" …)`,
    );
  });

  it('without a place of its own has none', () => {
    const error = statementError(
      failure({ code: '100038', sqlState: '22018', message: 'no number', data: { line: -1, pos: -1 } }),
      SQL,
      settings,
    );
    expect(error.message).toContain('no number [100038, SQLSTATE 22018] (in');
  });

  it.each([
    [
      { code: '003001', sqlState: '42501', message: 'Insufficient privileges' },
      'WAREHOUSE_DENIED',
      'LOADING',
    ],
    [{ code: '000606', sqlState: '57P03', message: 'No active warehouse' }, 'WAREHOUSE_DENIED', 'LOAD_WH'],
    [{ code: '002003', sqlState: '02000', message: 'does not exist' }, 'SQL_FAILED', 'heapload check'],
    [{ code: '000630', sqlState: '57014', message: 'timeout' }, 'SQL_FAILED', 'statement_timeout'],
    [{ code: '000625', sqlState: '57014', message: 'lock' }, 'WAREHOUSE_UNAVAILABLE', 'lock'],
    [{ code: '390114', message: 'Authentication token has expired' }, 'WAREHOUSE_UNAVAILABLE', 'ledger'],
    [{ name: 'NetworkError', code: 401001, message: 'ECONNRESET' }, 'WAREHOUSE_UNAVAILABLE', 'ledger'],
    [{ name: 'RequestFailedError', code: 402001, message: '503' }, 'WAREHOUSE_UNAVAILABLE', 'ledger'],
    [{ name: 'UnexpectedContentError', code: 403001, message: '(EMPTY)' }, 'WAREHOUSE_UNAVAILABLE', 'ledger'],
    [{ message: '<html>of a proxy</html>' }, 'WAREHOUSE_UNAVAILABLE', 'ledger'],
    [{ code: '999999', message: 'anything else' }, 'SQL_FAILED', 'report it'],
  ])('%o is %s', (fields, code, hint) => {
    const error = statementError(failure(fields), SQL, settings);
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
  });

  it('keeps nothing else of the driver’s error, which may hold headers', () => {
    const error = statementError(
      failure({
        name: 'NetworkError',
        code: 401001,
        message: 'reset',
        response: { headers: { token: 's3cret' } },
      }),
      SQL,
      settings,
    );
    expect(error.cause).toBeUndefined();
    expect(`${JSON.stringify(error)} ${error.message} ${error.hint}`).not.toContain('s3cret');
  });

  it('stays what it is when heapload itself has found it', () => {
    const own = new HeaploadError('LEASE_LOST', 'gone', { hint: 'none' });
    expect(statementError(own, SQL, settings)).toBe(own);
  });
});

describe('a login that fails', () => {
  it('tells a role that is missing from credentials that are wrong', () => {
    const role = loginError(
      failure({
        code: '390189',
        sqlState: '08001',
        message: "Role 'LOADING' specified in the connect string does not exist or not authorized.",
      }),
      settings,
    );
    expect(role.code).toBe('WAREHOUSE_DENIED');
    expect(role.hint).toContain('GRANT ROLE LOADING TO USER LOADER;');
    const password = loginError(
      failure({
        code: '390100',
        sqlState: '08001',
        message: 'Incorrect username or password was specified.',
      }),
      settings,
    );
    expect(password.code).toBe('WAREHOUSE_DENIED');
    expect(password.hint).toContain('password');
    expect(`${role.message}${password.message}`).not.toContain('s3cret');
  });

  it('tells both from a network that fails', () => {
    const error = loginError(failure({ name: 'NetworkError', code: 401001, message: 'ENOTFOUND' }), settings);
    expect(error).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(error.hint).toContain('account acme');
  });
});
