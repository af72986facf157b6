import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { run, same } from './checks';
import { Expected, IMPORTS, Output, Peers } from './npm-app';
import { firstProgram, ROOT } from '../markdown';

const EXAMPLE = path.join(ROOT, 'examples', 'python-app');

/** The example in an empty project with the wheel in it, laid out as `cdk8s init python-app` does, but for the tool that makes its environment. */
export class PythonApp {
  private readonly bin: string;

  constructor(private readonly folder: string) {
    this.bin = path.join(folder, '.venv', 'bin');
  }

  /** The interpreter that finds the wheel. */
  public get python(): string {
    return path.join(this.bin, 'python');
  }

  /** Installs the wheel beside its peers, by what the example requires; answers with the versions that were found. */
  public install(wheel: string, peers: Peers = {}): string {
    fs.mkdirSync(this.folder, { recursive: true });
    for (const file of ['cdk8s.yaml', 'main.py', 'requirements.txt']) { fs.copyFileSync(path.join(EXAMPLE, file), path.join(this.folder, file)); }
    run('python3', ['-m', 'venv', '.venv'], this.folder);
    const wanted = Object.entries(peers).map(([name, version]) => (/^\d/.test(version) ? `${name}==${version}` : name));
    const pip = (...args: string[]) => run(this.python, ['-m', 'pip', '--disable-pip-version-check', ...args], this.folder);
    pip('install', '--quiet', '--upgrade', wheel, '--requirement', 'requirements.txt', ...wanted);
    pip('check');
    const list = JSON.parse(pip('list', '--format', 'json')) as { name: string; version: string }[];
    return list.filter(({ name }) => name in peers).map(({ name, version }) => `${name}==${version}`).join(', ');
  }

  /** As `cdk8s synth` runs it, in the environment, with the command that pip installs. */
  public synthesizeExample(expected: Expected): void {
    const { app } = parse(fs.readFileSync(path.join(this.folder, 'cdk8s.yaml'), 'utf8')) as { app: string };
    same('what the example prints', this.synthesized(app, expected), expected.notes);
    same('what cdk8s-airflow prints', run(path.join(this.bin, 'cdk8s-airflow'), ['preview', path.join('dist', 'airflow.k8s.yaml')], this.folder), expected.preview);
  }

  /** The README's smallest program. */
  public synthesizeReadme(expected: Output): void {
    fs.writeFileSync(path.join(this.folder, 'readme.py'), firstProgram('README.md', 'python', 'cdk8s_airflow'));
    this.synthesized('python readme.py', expected);
  }

  /** The program that the import has made of a case. */
  public synthesizeImport(name: string, yaml: string): void {
    for (const file of fs.readdirSync(path.join(IMPORTS, name)).filter(other => other === 'main.py' || other === 'pod_template.yaml')) {
      fs.copyFileSync(path.join(IMPORTS, name, file), path.join(this.folder, file));
    }
    this.synthesized('python main.py', { yaml, notes: '' });
  }

  private synthesized(command: string, { yaml }: Output): string {
    fs.rmSync(path.join(this.folder, 'dist'), { recursive: true, force: true });
    const printed = run('sh', ['-c', command], this.folder, { PATH: `${this.bin}:${process.env.PATH}` });
    same('the YAML', fs.readFileSync(path.join(this.folder, 'dist', 'airflow.k8s.yaml'), 'utf8'), yaml);
    return printed;
  }
}
