/** What can be known of anything the SDK throws, whatever its class. */
export interface Failure {
  /** The error code of the service (`AccessDenied`), or the class of an error made on this side. */
  readonly name: string;
  /** The service's words; not yet fit to be shown. */
  readonly message: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** `ECONNREFUSED` and the like, of this error or of the one behind it. */
  readonly systemCode: string | undefined;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The region the service says is the right one. */
  readonly region: string | undefined;
  readonly requestId: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number | undefined;
}

/** Never throws; parts that are not there are undefined. */
export function failureOf(error: unknown): Failure {
  const metadata = part(error, '$metadata');
  const headers = headersOf(part(part(error, '$response'), 'headers'));
  const status = part(metadata, 'httpStatusCode') ?? part(part(error, '$response'), 'statusCode');
  const name = textOf(part(error, 'Code')) ?? textOf(part(error, 'name')) ?? 'unknown error';
  const attempts = part(metadata, 'attempts');
  return {
    name,
    message: textOf(part(error, 'message')) ?? (typeof error === 'string' ? error : ''),
    status: typeof status === 'number' ? status : undefined,
    systemCode: systemCodeOf(error, 0),
    headers,
    region: textOf(part(error, 'Region')) ?? headers['x-amz-bucket-region'],
    requestId: textOf(part(metadata, 'requestId')),
    attempts: typeof attempts === 'number' ? attempts : undefined,
  };
}

/** Codes of Node for a connection that could not be made or did not last. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETDOWN',
  'ENETUNREACH',
  'ENETRESET',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** True when the network failed, so that another attempt may well succeed. */
export function isNetworkFailure(failure: Failure): boolean {
  if (failure.name === 'TimeoutError') return true;
  const code = failure.systemCode;
  return code !== undefined && (NETWORK_CODES.has(code) || code.startsWith('ERR_SSL_'));
}

/** True when the server did not like the certificate or the protocol of the connection, or we its. */
export function isTlsFailure(failure: Failure): boolean {
  const code = failure.systemCode ?? '';
  return (
    code === 'EPROTO' ||
    /CERT|SIGNED|ERR_TLS|UNABLE_TO_/.test(code) ||
    code === 'ERR_SSL_WRONG_VERSION_NUMBER'
  );
}

function systemCodeOf(error: unknown, depth: number): string | undefined {
  const code = part(error, 'code');
  if (typeof code === 'string') return code;
  const nested = part(error, 'errors');
  const first: unknown = Array.isArray(nested) ? nested[0] : undefined;
  const behind = part(error, 'cause') ?? first;
  return behind === undefined || depth > 5 ? undefined : systemCodeOf(behind, depth + 1);
}

function headersOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), text]));
}

function part(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
