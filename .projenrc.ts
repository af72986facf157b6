import { cdk, javascript, JsonFile } from 'projen';

const project = new cdk.JsiiProject({
  name: 'cdk8s-airflow',
  description: 'Typed cdk8s constructs that deploy Apache Airflow on Kubernetes as plain YAML.',
  keywords: ['airflow', 'apache-airflow', 'cdk8s', 'kubernetes', 'constructs'],
  author: 'cdk8s-airflow developers',
  authorAddress: 'cdk8s-airflow@users.noreply.github.com',
  repositoryUrl: 'https://github.com/cdk8s-airflow/cdk8s-airflow.git',
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  majorVersion: 0,

  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',
  // What publishes without a token needs a newer one than what the library runs on.
  workflowNodeVersion: '24',
  jsiiVersion: '~5.9.0',
  bin: { 'cdk8s-airflow': 'lib/cli/cli.js' },

  // Both registries trust the release workflow itself: no token is kept, and what is published says which commit and run made it.
  npmTrustedPublishing: true,
  npmProvenance: true,
  publishToPypi: { distName: 'cdk8s-airflow', module: 'cdk8s_airflow', trustedPublishing: true, attestations: true },
  githubOptions: {
    pullRequestLintOptions: { semanticTitleOptions: { types: ['feat', 'fix', 'perf', 'docs', 'refactor', 'test', 'build', 'ci', 'chore'] } },
  },

  peerDeps: ['cdk8s@^2.70.0', 'cdk8s-plus-27@^2.9.5', 'constructs@^10.3.0'],
  devDeps: [
    '@stryker-mutator/core', '@stryker-mutator/jest-runner', 'cdk8s@^2.70.0', 'cdk8s-plus-27@^2.9.5', 'puppeteer-core@^24.43.1', 'tsx',
    // Dashboards are made with the first when the library is built, and the expressions of alerts are parsed with the others in tests.
    '@grafana/grafana-foundation-sdk@^0.0.21', '@lezer/highlight@^1.2.3', '@lezer/lr@^1.4.10', '@prometheus-io/lezer-promql@^0.315.0',
  ],
  // cdk8s reads YAML without a word about errors of its syntax.
  bundledDeps: ['yaml@^2.9.1'],

  eslintOptions: { dirs: ['src'], devdirs: ['test', 'examples', 'projenrc'] },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    jestConfig: {
      collectCoverage: false,
      modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
      moduleNameMapper: { '^cdk8s-airflow$': '<rootDir>/src' },
      // Nothing that a test writes stays on the machine.
      globalSetup: '<rootDir>/test/temporary-folder.ts',
      globalTeardown: '<rootDir>/test/remove-temporary-folder.ts',
    },
  },
  tsconfigDev: {
    compilerOptions: { paths: { 'cdk8s-airflow': ['../src'] } },
  },
  gitignore: ['/examples/*/dist/', '/.venv/', '__pycache__/', '.DS_Store', '/.jsii.tabl.json', '/.stryker-tmp/', '/reports/'],
});

for (const path of ['/docs/', '/examples/', '/rosetta/', '/API.md', '/.jsii.tabl.json', '/.ci/', '/jest.config.json', '/CONTRIBUTING.md', '/UPGRADING.md', '/.npmrc',
  '/stryker.config.mjs', '/.stryker-tmp/', '/reports/',
  // How the tables are made; what is read when the library runs are the tables.
  '/data/README.md', '/data/generate.py', '/data/generate_permissions.py', '/data/generate_pod_fields.py', '/data/generate_chart_keys.py', '/data/generate_metrics.py',
  '/data/undocumented-options.json']) {
  project.npmignore?.exclude(path);
}

// The lock file must install from whatever registry a machine is set up for.
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

// Newer ones are published for some platforms only, and `npm ci` wants those of all.
project.package.addPackageResolutions('unrs-resolver@1.11.1');

// The house limits, kept by the linter; tests are long lists of cases.
project.eslint?.addRules({ 'max-lines': ['error', 400], 'import/no-cycle': 'error' });

// The floors of `src`, from low to high: a folder imports only folders of lower floors, types included; `delivery` imports `index.ts` alone.
const FLOORS = [
  ['kubernetes'], ['core'], ['secrets'], ['dags', 'task-logs', 'backends', 'auth', 'exposure', 'metrics'], ['instance'], ['components'],
  ['task-pods', 'executor'], ['add-ons'], ['airflow'], ['delivery'], ['cli'],
];
const closed = (folder: string, floor: number) => [
  ...FLOORS.slice(folder === 'delivery' ? 0 : floor).flat().filter(other => other !== folder).map(other => `./src/${other}`),
  ...['delivery', 'cli'].includes(folder) ? [] : ['./src/index.ts'],
];
project.eslint?.addRules({
  'import/no-restricted-paths': ['error', {
    zones: FLOORS.flatMap((folders, floor) => folders.map(folder => ({
      target: `./src/${folder}`,
      from: closed(folder, floor),
      message: 'A folder imports only folders of lower floors: see CONTRIBUTING.md.',
    }))),
  }],
});
project.eslint?.addOverride({
  files: ['src/**/*.ts'],
  rules: {
    'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
    '@stylistic/max-len': ['error', { code: 139, ignoreUrls: true, ignoreRegExpLiterals: true }],
  },
});

// Examples import the library by its name, which the compiler resolves.
project.eslint?.addOverride({ files: ['examples/**/*.ts', 'test/cli/import/cases/**/*.ts'], rules: { 'import/no-unresolved': 'off' } });

// jest only strips the types of tests and examples.
project.testTask.prependExec('tsc --noEmit --project test/tsconfig.json && tsc --noEmit --project examples/tsconfig.json');
new JsonFile(project, 'examples/tsconfig.json', { obj: { extends: '../test/tsconfig.json', include: ['**/*.ts'] } });

// Every example of the README and of the API compiles, in whichever language it is shown.
project.postCompileTask.exec('jsii-rosetta extract --strict');
// npm makes it executable where it installs; the command that pip installs runs it as it is.
project.postCompileTask.exec('chmod +x lib/cli/cli.js');
// What the library knows of its own structs when it runs; committed, since it is read from `src` as well.
project.postCompileTask.exec('tsx projenrc/members.ts');
// The dashboards, which the SDK of Grafana makes.
project.postCompileTask.exec('tsx projenrc/dashboards.ts');

// The build needs Node alone; the release makes the Python package in a job of its own.
project.packageTask.reset();
project.packageTask.spawn(project.tasks.tryFind('package:js')!);

const run = 'tsx --tsconfig examples/tsconfig.json';
project.addTask('quickstart', {
  description: 'Write the YAML of examples/quickstart to examples/quickstart/dist',
  exec: `${run} examples/quickstart/main.ts`,
  env: { CDK8S_OUTDIR: 'examples/quickstart/dist' },
});
project.addTask('e2e', {
  description: 'Deploy examples on the cluster of KUBECONFIG and run a DAG in each: npm run e2e [-- example...]',
  exec: `${run} test/e2e/main.ts`,
  receiveArgs: true,
});
project.addTask('golden', {
  description: 'Record in test/golden what Airflow itself makes of task pods; needs Python, uv and its package index',
  exec: `${run} test/golden/main.ts`,
});
project.addTask('diagrams', {
  description: 'Write the diagrams of the examples and of docs/security.md, and the tables of docs/names.md, docs/keys.md and docs/from-the-chart.md',
  exec: 'jest --coverage=false test/diagrams.test.ts test/contract.test.ts test/keys-table.test.ts test/cli/import/page.test.ts',
  env: { WRITE_DIAGRAMS: 'true' },
});

project.addTask('mutation', {
  description: 'Score the tests by mutants of src: [MUTATION_TESTS=<file>,...] npm run mutation [-- --mutate <file>,...]',
  exec: 'stryker run',
  receiveArgs: true,
});

project.addTask('bench', {
  description: 'Measure synthesis by the compiled library: npm run bench [-- count...]; HELM_CHART=<chart> compares with helm template',
  steps: [{ spawn: 'compile' }, { exec: `${run} test/bench/main.ts`, receiveArgs: true }],
});
const packages = project.addTask('packages', {
  description: 'Install the npm package and the wheel into empty projects and synthesize there; needs the registries',
});
packages.spawn(project.tasks.tryFind('package:js')!);
packages.spawn(project.tasks.tryFind('package:python')!, { condition: 'python3 -m ensurepip --version' });
packages.exec(`${run} test/packages/main.ts`);
project.buildWorkflow?.addPostBuildSteps({ name: 'Install the packages into empty projects', run: 'npx projen packages' });

// The release publishes where the machine's npm is set up to, so the repository names no registry.
project.github?.tryFindWorkflow('release')?.file?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');

project.synth();
