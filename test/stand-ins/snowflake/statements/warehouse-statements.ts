import { SnowflakeError, unsupported } from '../errors.js';
import { type Result, STATEMENT_TYPES, numberColumn, statusResult, textColumn } from '../results.js';
import { type Work, expectEnd, hasWords, nameAt, skipWords } from './context.js';

/** SHOW WAREHOUSES [LIKE 'pattern'], with the columns that say how busy one is. */
export function showWarehouses(work: Work): Result {
  const like = hasWords(work, 2, 'LIKE') ? work.tokens[3] : undefined;
  expectEnd(work, like === undefined ? 2 : 4);
  if (like !== undefined && like.kind !== 'string') throw unsupported('LIKE of anything but a string');
  const pattern = like === undefined ? /^/ : likePattern(like.text);
  const running = (name: string): number =>
    work.sessionsAtWork.filter(({ warehouse, id }) => warehouse === name && id !== work.session.id).length;
  const rows = work.warehouses.all
    .filter(({ name }) => pattern.test(name))
    .map(({ name, state, autoResume }) => [
      name,
      state,
      running(name).toString(),
      '0',
      autoResume ? 'true' : 'false',
    ]);
  const columns = [
    ...[textColumn('name'), textColumn('state')],
    ...[numberColumn('running'), numberColumn('queued'), textColumn('auto_resume')],
  ];
  return { columns, rows, statementType: STATEMENT_TYPES.session };
}

/** Without regard to case. */
function likePattern(pattern: string): RegExp {
  const source = pattern.replace(/\\?[\s\S]/g, (part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return part.slice(-1).replace(/[^A-Za-z0-9_]/g, (character) => `\\${character}`);
  });
  return new RegExp(`^${source}$`, 'i');
}

/** ALTER WAREHOUSE … RESUME [IF SUSPENDED] or SUSPEND. */
export function alterWarehouse(work: Work): Result {
  const { parts, next } = nameAt(work, 2);
  const name = parts.at(-1) ?? '';
  const warehouse = work.warehouses.find(name);
  work.privileges.require(work.session.role, 'OPERATE', 'warehouse', [name]);
  const resumes = hasWords(work, next, 'RESUME');
  if (!resumes && !hasWords(work, next, 'SUSPEND'))
    throw unsupported('ALTER WAREHOUSE but to resume or suspend');
  const end = resumes ? skipWords(work, next + 1, 'IF', 'SUSPENDED') : next + 1;
  expectEnd(work, end);
  const wanted = resumes ? 'STARTED' : 'SUSPENDED';
  if (warehouse.state === wanted && end === next + 1) {
    throw new SnowflakeError(
      '090064',
      '22000',
      `Invalid state. Warehouse '${name}' cannot be ${wanted.toLowerCase()}.`,
    );
  }
  warehouse.state = wanted;
  return statusResult('Statement executed successfully.', STATEMENT_TYPES.ddl);
}
