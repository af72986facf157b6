import * as fs from 'fs';
import * as path from 'path';
import { run, same } from './checks';
import { firstProgram, ROOT } from '../markdown';

/** What a program writes, and what it prints. */
export interface Output {
  readonly yaml: string;
  readonly notes: string;
}

/** What an example makes. */
export interface Expected extends Output {
  /** What `cdk8s-airflow preview` prints of the YAML. */
  readonly preview: string;
}

/** Versions of the peer dependencies, as npm takes them. */
export interface Peers { readonly [name: string]: string }

/** Values of the official chart, each with the programs that the import makes of them. */
export const IMPORTS = path.join(ROOT, 'test', 'cli', 'import', 'cases');

const YAML = path.join('dist', 'airflow.k8s.yaml');

/** As `cdk8s init typescript-app` writes it. */
const TSCONFIG = {
  compilerOptions: {
    alwaysStrict: true,
    declaration: true,
    experimentalDecorators: true,
    inlineSourceMap: true,
    inlineSources: true,
    lib: ['es2016'],
    module: 'CommonJS',
    noEmit: false,
    noEmitOnError: true,
    noFallthroughCasesInSwitch: true,
    noImplicitAny: true,
    noImplicitReturns: true,
    noImplicitThis: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    resolveJsonModule: true,
    strict: true,
    strictNullChecks: true,
    strictPropertyInitialization: true,
    stripInternal: true,
    target: 'ES2017',
  },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
};

/** Objects of another cdk8s-plus, which Airflow knows by their names. */
const OF_ANOTHER_PLUS = `import { App, Chart } from 'cdk8s';
import { Airflow, Database, Env, SecretKey } from 'cdk8s-airflow';
import * as other from 'ANOTHER';
import { ConfigMap, Env as EnvFrom, ServiceAccount } from 'cdk8s-plus-27';

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: 'airflow' });
const secret = new other.Secret(chart, 'secret', { metadata: { name: 'database' }, stringData: { connection: 'postgresql://...' } });
const settings = new other.ConfigMap(chart, 'settings', { metadata: { name: 'settings' }, data: { LEVEL: 'debug' } });
const account = new other.ServiceAccount(chart, 'account', { metadata: { name: 'team' } });
new Airflow(chart, 'airflow', {
  database: Database.fromSecret(SecretKey.of(secret.name, 'connection')),
  scheduler: {
    env: Env.of({ TEAM: 'data' }),
    envFrom: [EnvFrom.fromConfigMap(ConfigMap.fromConfigMapName(chart, 'settings-27', settings.name))],
    serviceAccount: { existing: ServiceAccount.fromServiceAccountName(chart, 'account-27', account.name) },
  },
});
app.synth();
`;

/** What an example makes by the repository's own code, from its sources. */
export function expectedOutput(example: string, folder: string): Expected {
  const tsx = (...args: string[]) => run(path.join(ROOT, 'node_modules', '.bin', 'tsx'), ['--tsconfig', 'examples/tsconfig.json', ...args], ROOT, { CDK8S_OUTDIR: folder });
  const notes = tsx(`examples/${example}/main.ts`);
  const file = path.join(folder, 'airflow.k8s.yaml');
  return { yaml: fs.readFileSync(file, 'utf8'), notes, preview: tsx('src/cli/cli.ts', 'preview', file) };
}

/** What the program that the import has made of a case writes, by the repository's own code. */
export function importedOutput(name: string, folder: string): string {
  const tsx = path.join(ROOT, 'node_modules', '.bin', 'tsx');
  run(tsx, ['--tsconfig', path.join(ROOT, 'test', 'tsconfig.json'), 'main.ts'], path.join(IMPORTS, name), { CDK8S_OUTDIR: folder });
  return fs.readFileSync(path.join(folder, 'airflow.k8s.yaml'), 'utf8');
}

/** An empty project with the package in it, laid out as `cdk8s init typescript-app` does. */
export class NpmApp {
  constructor(private readonly folder: string, private readonly expected: Expected) {}

  /** Installs the package beside its peers; answers with the versions that were found. */
  public install(tarball: string, peers: Peers): string {
    fs.mkdirSync(this.folder, { recursive: true });
    this.write('cdk8s.yaml', 'language: typescript\napp: npx ts-node main.ts\nimports:\n  - k8s\n');
    this.write('tsconfig.json', JSON.stringify(TSCONFIG));
    this.write('package.json', JSON.stringify({
      name: 'app',
      version: '1.0.0',
      main: 'main.js',
      types: 'main.ts',
      license: 'Apache-2.0',
      private: true,
      scripts: { compile: 'tsc --build' },
      dependencies: { ...peers, 'cdk8s-airflow': `file:${tarball}` },
      devDependencies: { '@types/node': '^14', 'typescript': '5.9.x', 'ts-node': '^10' },
    }));
    run('npm', ['install', '--no-audit', '--no-fund'], this.folder);
    const found = Object.keys(peers).map(name => [name, this.versionOf(name)] as const);
    const wrong = found.filter(([name, version]) => /^\d/.test(peers[name]) && version !== peers[name]);
    if (wrong.length > 0) { throw new Error(`npm installed ${wrong.map(pair => pair.join('@')).join(', ')}, not the lowest version that the package allows`); }
    return found.map(pair => pair.join('@')).join(', ');
  }

  /** The README's smallest program, as `cdk8s synth` runs it. */
  public synthesizeReadme(): void {
    this.write('main.ts', firstProgram('README.md', 'ts', "'cdk8s-airflow'"));
    this.synthesized(() => run(this.bin('ts-node'), ['main.ts'], this.folder));
  }

  /** The quickstart, compiled. */
  public synthesizeQuickstart(): void {
    this.write('main.ts', fs.readFileSync(path.join(ROOT, 'examples', 'quickstart', 'main.ts'), 'utf8'));
    run('npm', ['run', 'compile'], this.folder);
    same('what the quickstart prints', this.synthesized(() => run('node', ['main.js'], this.folder)), this.expected.notes);
  }

  public preview(): void {
    same('what cdk8s-airflow prints', run(this.bin('cdk8s-airflow'), ['preview', YAML], this.folder), this.expected.preview);
  }

  /** A program whose own objects are of another cdk8s-plus: it passes their names, and references of cdk8s-plus-27 made of names. */
  public synthesizeBeside(plus: string): void {
    run('npm', ['install', '--no-audit', '--no-fund', plus], this.folder);
    this.write('main.ts', OF_ANOTHER_PLUS.replace('ANOTHER', plus.replace(/@.*/, '')));
    run('npm', ['run', 'compile'], this.folder);
    run('node', ['main.js'], this.folder);
    const yaml = fs.readFileSync(path.join(this.folder, YAML), 'utf8');
    for (const [what, text] of Object.entries({
      'the Secret': 'kind: Secret\nmetadata:\n  name: database\n',
      'the connection': 'key: connection\n                  name: database\n',
      'the variables of a ConfigMap': 'envFrom:\n            - configMapRef:\n                name: settings\n',
      'the service account': 'serviceAccountName: team\n',
    })) {
      if (!yaml.includes(text)) { throw new Error(`${what} is not in the YAML:\n${text}`); }
    }
  }

  private synthesized(program: () => string): string {
    fs.rmSync(path.join(this.folder, 'dist'), { recursive: true, force: true });
    const printed = program();
    same('the YAML', fs.readFileSync(path.join(this.folder, YAML), 'utf8'), this.expected.yaml);
    return printed;
  }

  private bin(name: string): string {
    return path.join(this.folder, 'node_modules', '.bin', name);
  }

  private versionOf(name: string): string {
    return (JSON.parse(fs.readFileSync(path.join(this.folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  }

  private write(file: string, text: string): void {
    fs.writeFileSync(path.join(this.folder, file), text);
  }
}
