#!/usr/bin/env node
import * as fs from 'fs';
import * as path from 'path';
import { IMPORT_USAGE, runImport } from './import/import-command';
import { UsageError } from './import/usage-error';
import { MODULE } from '../core/scripts';
import { parseYaml } from '../kubernetes/yaml';
import { launchedPod } from '../task-pods/pod-merge';
import { hookComment, podYaml } from '../task-pods/pod-yaml';
import { ModuleModel } from '../task-pods/python-module';

const USAGE = `usage: cdk8s-airflow <command> <file> ...

  preview <YAML> [name...]   prints the pods of these task pods, or of all, as Airflow will create them
  module <YAML> <folder>     writes the Python package ${MODULE} into the folder
${IMPORT_USAGE}

<YAML> is a file that the app has written, for example dist/airflow.k8s.yaml.`;

export { UsageError };

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: { readonly [name: string]: string } };
  readonly data?: { readonly [file: string]: string };
}

/** Runs a command and returns the text that it prints. */
export function run(args: string[]): string {
  const [command, file, ...rest] = args;
  if (command === 'preview' && file !== undefined) { return preview(file, rest); }
  if (command === 'module' && file !== undefined && rest.length === 1) { return writeModule(file, rest[0]); }
  throw new UsageError(USAGE);
}

function preview(file: string, names: string[]): string {
  const { configMap, configMaps } = moduleOf(file);
  const model = JSON.parse(configMap.data!['profiles.json']) as ModuleModel;
  const { namespace, labels } = configMap.metadata;
  const ofInstance = configMaps.filter(({ metadata }) => metadata.namespace === namespace
    && metadata.labels?.['app.kubernetes.io/instance'] === labels?.['app.kubernetes.io/instance']);
  const dataWith = (name: string) => ofInstance.find(({ data }) => data?.[name] !== undefined)?.data;
  const templates = dataWith('default.yaml');
  if (templates === undefined) { throw new UsageError(`'${file}' has no pod template, since its executor starts no pods`); }
  const known = Object.keys(model.profiles);
  const unknown = names.find(name => !known.includes(name));
  if (unknown !== undefined) { throw new UsageError(`no task pod '${unknown}' in '${file}', which has: ${known.join(', ')}`); }
  const comment = hookComment(dataWith('user_settings.py')?.['user_settings.py']);
  const pods = (names.length === 0 ? known : names).map(name => {
    const { templateFile = 'default.yaml', override } = model.profiles[name];
    const template = templates[path.posix.basename(templateFile)];
    return `# ${name}\n${comment}${podYaml(launchedPod(parseYaml(template)[0], override, model.mergeRules, namespace))}`;
  });
  return pods.join('---\n');
}

function writeModule(file: string, folder: string): string {
  const target = path.join(folder, MODULE);
  fs.mkdirSync(target, { recursive: true });
  for (const [name, text] of Object.entries(moduleOf(file).configMap.data!)) { fs.writeFileSync(path.join(target, name), text); }
  return `${target}\n`;
}

/** The ConfigMap of the one Airflow in a file. It comes first in the file; copies for other namespaces follow. */
function moduleOf(file: string): { configMap: ConfigMap; configMaps: ConfigMap[] } {
  if (!fs.existsSync(file)) { throw new UsageError(`'${file}' does not exist; write it by cdk8s synth`); }
  const configMaps = (documentsOf(file) as unknown as ConfigMap[]).filter(({ kind }) => kind === 'ConfigMap');
  const [configMap, ...others] = configMaps.filter(({ data }) => data?.['profiles.json'] !== undefined);
  if (configMap === undefined) { throw new UsageError(`'${file}' has no Airflow of cdk8s-airflow in it`); }
  const other = others.find(({ metadata }) => metadata.name !== configMap.metadata.name);
  if (other !== undefined) { throw new UsageError(`'${file}' has several Airflows in it; give the file of one`); }
  return { configMap, configMaps };
}

function documentsOf(file: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`'${file}' must be YAML: ${(error as Error).message}`);
  }
}

if (require.main === module) {
  try {
    const [command, ...args] = process.argv.slice(2);
    const { text, status } = command === 'import' ? runImport(args) : { text: run(process.argv.slice(2)), status: 0 };
    process.stdout.write(text);
    process.exitCode = status;
  } catch (error) {
    if (!(error instanceof UsageError)) { throw error; }
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
