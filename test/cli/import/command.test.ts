import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { cluster } from './fake-release';
import { runImport } from '../../../src/cli/import/import-command';

/** What the command prints, without the folder. */
function printed(values: string, run: (args: readonly string[]) => string, ...args: string[]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'command-'));
  const before = process.cwd();
  try {
    process.chdir(folder);
    fs.writeFileSync('values.yaml', values);
    return runImport(args, run).text;
  } finally {
    process.chdir(before);
    fs.rmSync(folder, { recursive: true });
  }
}

const nothing = () => { throw new Error('asked a cluster'); };

test('the command says what comes after it', () => {
  expect(printed('executor: LocalExecutor', nothing, 'values.yaml', '--namespace', 'data', '--report', 'import.md')).toBe(`main.ts
1 key: 1 prop
next:
  npx tsx main.ts   # writes dist/airflow.k8s.yaml
  kubectl create namespace data   # unless it exists
  kubectl apply --filename dist/airflow.k8s.yaml
`);
  expect(printed('fernetKey: never-written', nothing, 'values.yaml', '--report', 'import.md', '--language', 'python')).toContain(`next:
  python main.py   # writes dist/airflow.k8s.yaml
  kubectl create namespace airflow   # unless it exists
  the commands of "Secrets to make" in import.md
  kubectl apply --filename dist/airflow.k8s.yaml
`);
});

test('the command leads to the plan of a move', () => {
  expect(printed('', cluster().run, '--from-release', 'airflow', '--report', 'import.md')).toContain(`next:
  npx tsx main.ts   # writes dist/airflow.k8s.yaml
  the steps of "Plan of the move" in import.md
`);
});
