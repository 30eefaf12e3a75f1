import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Limits } from './options.js';

/** More than any run reads at once: a request that waited here for a free socket would look like a slow server. */
export const MAX_SOCKETS = 512;

export function requestHandler(limits: S3Limits): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: limits.connectMs,
    requestTimeout: limits.responseMs,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: MAX_SOCKETS },
    httpsAgent: { maxSockets: MAX_SOCKETS },
  });
}
