import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** One folder for all that the tests write; those who run as another user, as Postgres does, may pass through it. */
export default function make(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk8s-airflow-tests-'));
  fs.chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  Object.assign(globalThis, { temporaryFolder: folder });
}
