import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { synthExample } from './examples';
import { podList } from './util';

const FOLDER = path.join(__dirname, '..', 'examples', 'custom-image');
const IMAGE = 'registry.example.com/data/airflow:3.3.2-1';

/** Runs the script where these builders are, which print their arguments. */
function build(builders: string[], args: string[] = [], env: { [name: string]: string } = {}): object {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'custom-image-'));
  try {
    for (const name of builders) { fs.writeFileSync(path.join(bin, name), `#!/bin/bash\necho ${name} "$@"\n`, { mode: 0o755 }); }
    fs.writeFileSync(path.join(bin, 'dirname'), '#!/bin/bash\necho "${1%/*}"\n', { mode: 0o755 });
    return spawnSync('/bin/bash', [path.join(FOLDER, 'build-image.sh'), ...args], { encoding: 'utf8', env: { PATH: bin, ...env } });
  } finally {
    fs.rmSync(bin, { recursive: true });
  }
}

test('the image is built on the release that its tag tells', () => {
  const [, base] = /^FROM (\S+)$/m.exec(fs.readFileSync(path.join(FOLDER, 'Dockerfile'), 'utf8'))!;
  expect(base).toBe(`apache/airflow:${IMAGE.split(':')[1].split('-')[0]}`);
});

test('every pod of the example runs it, but for the database', () => {
  const images = podList(synthExample('custom-image')).map(([component, { spec }]) => [component, spec.containers[0].image]);
  expect(images.filter(([, image]) => image !== IMAGE)).toEqual([['postgres', expect.stringMatching(/^postgres:/)]]);
});

describe('the script', () => {
  test('builds by the first builder that is there, or the one that is named', () => {
    const by = (name: string, image: string) => ({
      status: 0, stderr: '', stdout: `${name} build --tag ${image} ${FOLDER}\nbuilt ${image}; push it by: ${name} push ${image}\n`,
    });
    expect(build(['podman', 'buildah'])).toMatchObject(by('podman', IMAGE));
    expect(build(['docker', 'podman', 'buildah'])).toMatchObject(by('docker', IMAGE));
    expect(build(['docker', 'buildah'], ['acme/airflow:3.3.2-2'], { BUILDER: 'buildah' })).toMatchObject(by('buildah', 'acme/airflow:3.3.2-2'));
    expect(build(['buildah'], [], { AIRFLOW_IMAGE: 'acme/airflow:3.3.2-3' })).toMatchObject(by('buildah', 'acme/airflow:3.3.2-3'));
  });

  test('fails without a builder', () => {
    expect(build([])).toMatchObject({ status: 1, stdout: '', stderr: 'none of docker, podman and buildah is here; install one of them\n' });
  });
});
