import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificate {
  /** Path of the certificate, for whoever shall trust it. */
  readonly file: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for these hosts that signs itself, made in a folder by openssl; undefined where there is none. */
export function makeCertificate(folder: string, hosts: readonly string[]): Certificate | undefined {
  const [file, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=heapload tests'],
    ...['-addext', `subjectAltName=${names}`, '-keyout', keyFile, '-out', file],
  ]);
  if (made.status !== 0) return undefined;
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
