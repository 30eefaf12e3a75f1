/** Which role holds a permission that BigQuery says is missing. */

interface Grant {
  readonly role: string;
  readonly on: string;
}

const JOB_USER: Grant = { role: 'roles/bigquery.jobUser', on: 'the project' };
const DATA_EDITOR: Grant = { role: 'roles/bigquery.dataEditor', on: 'the dataset' };
const DATASET_OWNER: Grant = {
  role: 'roles/bigquery.user',
  on: 'the project (or create the dataset yourself)',
};
const TOKEN_CREATOR: Grant = {
  role: 'roles/iam.serviceAccountTokenCreator',
  on: 'the service account it impersonates',
};
const OBJECT_USER: Grant = { role: 'roles/storage.objectUser', on: 'the bucket' };

/** The least of Google's own roles for a permission, by the start of its name. */
const GRANTS: readonly (readonly [string, Grant])[] = [
  ['bigquery.jobs.', JOB_USER],
  ['bigquery.datasets.create', DATASET_OWNER],
  ['bigquery.datasets.', DATA_EDITOR],
  ['bigquery.tables.', DATA_EDITOR],
  ['storage.', OBJECT_USER],
  ['iam.serviceAccounts.', TOKEN_CREATOR],
];

/** What to do about a refusal, from the words of the service. */
export function missingRole(message: string): string {
  const permission = /\b((?:bigquery|storage|iam)\.[a-zA-Z]+\.[a-zA-Z]+)/.exec(message)?.[1];
  if (permission === undefined)
    return 'Check the roles of the account: see docs/warehouses/bigquery.md, "Permissions".';
  return grantOf(permission);
}

export function grantOf(permission: string): string {
  const grant = GRANTS.find(([prefix]) => permission.startsWith(prefix))?.[1];
  if (grant === undefined) return `Grant the account the permission ${permission}.`;
  return `Grant the account ${grant.role} on ${grant.on}; it holds ${permission}.`;
}
