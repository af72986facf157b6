import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from './kubectl';
import { run } from './process';
import { createWith, startServer } from './server-pod';

const PACKAGES = ['moto==5.2.5', 'responses==0.26.3', 'xmltodict==1.0.4', 'flask-cors==6.0.5', 'py-partiql-parser==0.6.3'];
const FOLDER = '/srv';

/** A server that answers as S3 does, in memory: that of moto, copied into the Airflow image, which has the rest. */
export class S3Server {
  public readonly url: string;

  constructor(private readonly namespace: string) {
    this.url = `http://s3.${namespace}.svc:5000`;
  }

  public async start(bucket: string): Promise<void> {
    const { namespace } = this;
    await createWith(namespace);
    const command = ['bash', '-c', `until test -e ${FOLDER}/ready; do sleep 1; done; PYTHONPATH=${FOLDER}/lib exec python -m moto.server --host 0.0.0.0`];
    // Else it takes the first part of its host for a bucket.
    const env = { S3_IGNORE_SUBDOMAIN_BUCKETNAME: 'true' };
    await startServer({ namespace, name: 's3', image: 'apache/airflow:3.3.2', command, env, ports: { s3: 5000 }, folder: FOLDER }, () => this.copyPackages());
    await this.python(`s3.create_bucket(Bucket=${JSON.stringify(bucket)})`);
  }

  /** The keys of a bucket. */
  public async keys(bucket: string): Promise<string[]> {
    const listed = await this.python(`print(*[found["Key"] for found in s3.list_objects_v2(Bucket=${JSON.stringify(bucket)}).get("Contents", [])], sep="\\n")`);
    return listed.split('\n').filter(Boolean).sort();
  }

  private async python(code: string): Promise<string> {
    const client = 'import boto3\ns3 = boto3.client("s3", endpoint_url="http://localhost:5000", region_name="us-east-1", aws_access_key_id="e2e", aws_secret_access_key="e2e")';
    return (await this.exec(['python', '-'], `${client}\n${code}\n`)).stdout;
  }

  private async copyPackages(): Promise<void> {
    const { namespace } = this;
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-e2e-moto-'));
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--target', join(folder, 'lib'), ...PACKAGES]);
    await kubectl(['--namespace', namespace, 'wait', '--for', 'jsonpath={.status.phase}=Running', 'pod/s3', '--timeout', '5m']);
    await kubectl(['--namespace', namespace, 'cp', join(folder, 'lib'), `s3:${FOLDER}/lib`]);
    await this.exec(['touch', `${FOLDER}/ready`]);
  }

  private async exec(command: string[], input = ''): Promise<{ stdout: string }> {
    return kubectl(['--namespace', this.namespace, 'exec', '--stdin', 's3', '--', ...command], { input });
  }
}
