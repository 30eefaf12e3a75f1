import { SnowflakeError } from './errors.js';
import { showName } from './sql/names.js';

/** What a role may do with one thing. */
export interface Grant {
  readonly role: string;
  /** In upper case, e.g. `CREATE TABLE`; `OWNERSHIP` allows all. */
  readonly privilege: string;
  /** In upper case, outermost name first, e.g. `['ANALYTICS', 'HEAP']`. */
  readonly on: readonly string[];
}

type Kind = 'database' | 'schema' | 'table' | 'view' | 'stage' | 'warehouse';

/**
 * Who may do what. A role owns what it makes, and owning a database or a schema allows everything in it, as it does for
 * the usual owner who makes those.
 */
export class Privileges {
  readonly #grants: Grant[];

  constructor(grants: readonly Grant[]) {
    this.#grants = [...grants];
  }

  grant(grant: Grant): void {
    this.#grants.push(grant);
  }

  /** Takes it back, and ownership of the same thing with it. */
  revoke({ role, privilege, on }: Grant): void {
    const kept = this.#grants.filter(
      (given) =>
        given.role !== role ||
        showName(given.on) !== showName(on) ||
        (given.privilege !== privilege && given.privilege !== 'OWNERSHIP'),
    );
    this.#grants.splice(0, this.#grants.length, ...kept);
  }

  allows(role: string | undefined, privilege: string, on: readonly string[]): boolean {
    return this.#grants.some(
      (given) =>
        given.role === role &&
        ((given.privilege === privilege && showName(given.on) === showName(on)) ||
          (given.privilege === 'OWNERSHIP' && given.on.every((name, place) => name === on[place]))),
    );
  }

  /** Whether the role may know of it at all. */
  sees(role: string | undefined, on: readonly string[]): boolean {
    return (
      this.#grants.some(
        (given) =>
          given.role === role &&
          given.on.length >= on.length &&
          on.every((name, place) => name === given.on[place]),
      ) || this.allows(role, 'USAGE', on)
    );
  }

  /** Throws as Snowflake does: what may not be seen does not exist. */
  require(role: string | undefined, privilege: string, kind: Kind, on: readonly string[]): void {
    if (this.allows(role, privilege, on)) return;
    if (this.sees(role, on)) {
      const message = `SQL access control error:\nInsufficient privileges to operate on ${kind} '${on.at(-1) ?? ''}'.`;
      throw new SnowflakeError('003001', '42501', message);
    }
    const message = `SQL compilation error:\n${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} '${showName(on)}' does not exist or not authorized.`;
    throw new SnowflakeError('002003', '02000', message);
  }
}
