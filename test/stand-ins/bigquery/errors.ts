/** An error as the service reports it: an HTTP status for a request, a reason for a job. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly place?: { readonly location: string; readonly locationType: string },
  ) {
    super(message);
  }
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
};

/** The body of a refused request. */
export function errorBody(error: ServiceError): object {
  const { status, reason, message, place } = error;
  const details = { message, domain: 'global', reason, ...place };
  return { error: { code: status, message, errors: [details], status: STATUS_NAMES[status] ?? 'UNKNOWN' } };
}

/** The `errorResult` of a failed job. */
export function errorProto(error: ServiceError): object {
  const { reason, message, place } = error;
  return { reason, ...(place === undefined ? {} : { location: place.location }), message };
}

export function invalidQuery(message: string): ServiceError {
  return new ServiceError(400, 'invalidQuery', message, { location: 'q', locationType: 'parameter' });
}

export function invalid(message: string): ServiceError {
  return new ServiceError(400, 'invalid', message);
}

export function notFound(what: string): ServiceError {
  return new ServiceError(404, 'notFound', `Not found: ${what}`);
}

export function duplicate(what: string): ServiceError {
  return new ServiceError(409, 'duplicate', `Already Exists: ${what}`);
}

/** SQL of the language that this server does not know. */
export function unknownToStandIn(what: string): ServiceError {
  return invalidQuery(`The stand-in does not know ${what}.`);
}

/** An error of DuckDB as the service would put it. */
export function explained(error: unknown, project: string, location: string): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  const missing = /Table with name ([^ ]+) does not exist/.exec(message);
  if (missing !== null)
    return notFound(`Table ${project}:${missing[1] ?? ''} was not found in location ${location}`);
  return invalidQuery(message);
}
