import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process';

/** A certificate for hosts from an authority of its own, which nothing trusts by itself. */
export interface Certificate {
  /** The certificate of the authority. */
  readonly ca: string;
  /** The certificate, in PEM. */
  readonly certificate: string;
  readonly key: string;
  /** The hash of its public key, as Chromium takes it. */
  readonly publicKeyHash: string;
}

/** Makes a certificate with the command `openssl`. */
export async function issueCertificate(hosts: string[]): Promise<Certificate> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-tls-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=cdk8s-airflow e2e');
  await openssl('req', ...key, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', `/CN=${hosts[0]}`);
  writeFileSync(join(folder, 'extensions'), `subjectAltName=${hosts.map(host => `DNS:${host}`).join(',')}\n`);
  await openssl('x509', '-req', '-in', 'tls.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'tls.crt', '-days', '2', '-extfile', 'extensions');
  const certificate = read('tls.crt');
  const publicKey = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return { ca: read('ca.crt'), certificate, key: read('tls.key'), publicKeyHash: createHash('sha256').update(publicKey).digest('base64') };
}

/** The Secret with which a server or an Ingress uses it. */
export function tlsSecret(name: string, { certificate, key, ca }: Certificate, namespace: string): object {
  const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': ca };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls', stringData };
}
