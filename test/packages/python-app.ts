import * as fs from 'fs';
import * as path from 'path';
import { run, same } from './checks';
import { Peers } from './npm-app';
import { firstProgram } from '../markdown';

/** An empty project with the wheel in it, laid out as `cdk8s init python-app` does, but for the tool that makes its environment. */
export class PythonApp {
  constructor(private readonly folder: string, private readonly expectedYaml: string) {}

  /** Installs the wheel beside its peers; answers with the versions that were found. */
  public install(wheel: string, peers: Peers): string {
    fs.mkdirSync(this.folder, { recursive: true });
    fs.writeFileSync(path.join(this.folder, 'cdk8s.yaml'), 'language: python\napp: python main.py\nimports:\n  - k8s\n');
    run('python3', ['-m', 'venv', '.venv'], this.folder);
    const wanted = Object.entries(peers).map(([name, version]) => (/^\d/.test(version) ? `${name}==${version}` : name));
    this.python('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', wheel, ...wanted);
    this.python('-m', 'pip', 'check');
    const list = JSON.parse(this.python('-m', 'pip', 'list', '--format', 'json', '--disable-pip-version-check')) as { name: string; version: string }[];
    return list.filter(({ name }) => name in peers).map(({ name, version }) => `${name}==${version}`).join(', ');
  }

  /** The README's smallest program. */
  public synthesizeReadme(): void {
    fs.writeFileSync(path.join(this.folder, 'main.py'), firstProgram('README.md', 'python', 'cdk8s_airflow'));
    this.python('main.py');
    same('the YAML', fs.readFileSync(path.join(this.folder, 'dist', 'airflow.k8s.yaml'), 'utf8'), this.expectedYaml);
  }

  private python(...args: string[]): string {
    return run(path.join(this.folder, '.venv', 'bin', 'python'), args, this.folder);
  }
}
