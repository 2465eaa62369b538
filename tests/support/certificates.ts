import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** Path of a PEM file: `ca.pem`, or `<name>.pem` and `<name>.key` of each name. */
  path(file: string): string;
  remove(): void;
}

/** An authority of our own and a certificate of it for each name, good for localhost and 127.0.0.1. */
export function makeCertificates(...names: string[]): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'offair-certificates-'));
  const path = (file: string) => join(folder, file);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...ec, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=Studio CA');
  for (const name of names) {
    const signed = [
      '-CA',
      path('ca.pem'),
      '-CAkey',
      path('ca.key'),
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
    ];
    openssl(
      'req',
      '-x509',
      ...ec,
      ...signed,
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.pem`),
      '-subj',
      `/CN=${name}`,
    );
  }
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
