import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Checks, packageOf } from './checks';
import { checkContent } from './content';
import { expectedOutput, importedOutput, IMPORTS, NpmApp, Peers } from './npm-app';
import { PythonApp } from './python-app';
import { ROOT } from '../markdown';

const checks = new Checks();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'packages-'));
const { peerDependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { peerDependencies: Peers };
const lowest = Object.fromEntries(Object.entries(peerDependencies).map(([name, range]) => [name, range.replace(/^\^/, '')]));
/** The newest one that npm has. */
const NEWEST_PLUS = 'cdk8s-plus-34@2';
const variants: [string, Peers][] = [['the lowest peers', lowest], ['the newest peers', peerDependencies]];

const tarball = packageOf('js', '.tgz');
const expected = expectedOutput('quickstart', path.join(folder, 'quickstart'));

checks.run('the npm package has what it needs and nothing else', () => checkContent(tarball, path.join(folder, 'content')));
variants.forEach(([variant, peers], index) => {
  const app = new NpmApp(path.join(folder, `npm-${index}`), expected);
  if (!checks.run(`npm, ${variant}: installs`, () => app.install(tarball, peers))) { return; }
  checks.run(`npm, ${variant}: ts-node runs the README's program`, () => app.synthesizeReadme());
  checks.run(`npm, ${variant}: the quickstart compiles and runs`, () => app.synthesizeQuickstart());
  checks.run(`npm, ${variant}: cdk8s-airflow previews task pods`, () => app.preview());
  if (peers !== lowest) { checks.run(`npm, ${variant}: a program with objects of ${NEWEST_PLUS} passes their names`, () => app.synthesizeBeside(NEWEST_PLUS)); }
});

const twin = expectedOutput('python-app', path.join(folder, 'python-app'));
// What jsii-pacmak makes the wheel with, and the app its environment.
const noPython = spawnSync('python3', ['-m', 'ensurepip', '--version']).status === 0 ? undefined : 'there is no python3 with venv and pip on the PATH';
variants.forEach(([variant, peers], index) => {
  const [installs, readme, example] = ['installs', "Python runs the README's program", 'main.py of the example writes what its main.ts does']
    .map(name => `wheel, ${variant}: ${name}`);
  // Where every change is checked, nothing may be left out.
  if (noPython !== undefined && process.env.CI === undefined) { return [installs, readme, example].forEach(name => checks.skip(name, noPython)); }
  const app = new PythonApp(path.join(folder, `python-${index}`));
  const installed = checks.run(installs, () => {
    if (noPython !== undefined) { throw new Error(`${noPython}; install Python 3.11 or newer`); }
    return app.install(packageOf('python', '.whl'), peers);
  });
  if (!installed) { return; }
  checks.run(readme, () => app.synthesizeReadme(expected));
  checks.run(example, () => app.synthesizeExample(twin));
  // The programs are the same for all peers.
  if (peers === lowest) { return; }
  for (const name of fs.readdirSync(IMPORTS).sort()) {
    checks.run(`wheel, ${variant}: the imported program '${name}' writes what its main.ts does`,
      () => app.synthesizeImport(name, importedOutput(name, path.join(folder, `import-${name}`))));
  }
});

fs.rmSync(folder, { recursive: true });
checks.end();
