import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process';

/** A certificate with its key, as PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test's own, made with openssl. */
export class Authority {
  public static async create(name: string): Promise<Authority> {
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-ca-'));
    await openssl(folder, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', `/CN=${name}`,
      '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    return new Authority(folder);
  }

  private constructor(private readonly folder: string) {}

  public get certificate(): string {
    return this.read('ca.crt');
  }

  public async issue(purpose: 'serverAuth' | 'clientAuth', ...names: string[]): Promise<Pair> {
    const { folder } = this;
    writeFileSync(join(folder, 'extensions'), `subjectAltName=${names.map(name => `DNS:${name}`).join(',')}\nextendedKeyUsage=${purpose}\n`
      + 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n');
    await openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=e2e');
    await openssl(folder, 'x509', '-req', '-in', 'tls.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'extensions', '-out', 'tls.crt');
    return { certificate: this.read('tls.crt'), key: this.read('tls.key') };
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

async function openssl(cwd: string, ...args: string[]): Promise<void> {
  await run('openssl', args, { cwd });
}
