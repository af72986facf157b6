import * as fs from 'fs';
import * as path from 'path';
import { parseArgs } from 'util';
import { importValues } from './import-values';
import { printPython } from './print-python';
import { printTypeScript } from './print-typescript';
import { readInput } from './read-input';
import { Kubectl, kubectl, readRelease } from './read-release';
import { Findings, reportOf, summary } from './report';
import { UsageError } from './usage-error';

/** What the command prints, and its exit status. */
export interface CommandResult { readonly text: string; readonly status: number }

export const IMPORT_USAGE = `  import <values> ...        writes a program from values of the official Helm chart: files of values
                             in the order of \`helm -f\`, a HelmRelease of Flux, or an Application of Argo CD
    --set <key=value>        a value, as of \`helm --set\`
    --chart-version <x.y.z>  the version of the chart; the newest one otherwise
    --from-release <name>    reads a release that runs, by kubectl and without any change, and adds the plan of its move to the report
    --name <name>            the name of the instance; with --from-release one that no object of the release has, otherwise --release
    --release <name>         the name of the release; 'airflow' otherwise
    --namespace <name>       the namespace of the release; 'airflow' otherwise
    --language <language>    typescript or python; typescript otherwise
    --output <file>          the program; main.ts or main.py otherwise
    --report <file>          writes what became of each key, as Markdown
    --accept                 exit status 0 although decisions are open`;

const OPTIONS = {
  'set': { type: 'string', multiple: true },
  'chart-version': { type: 'string' },
  'from-release': { type: 'string' },
  'name': { type: 'string' },
  'release': { type: 'string' },
  'namespace': { type: 'string' },
  'language': { type: 'string' },
  'output': { type: 'string' },
  'report': { type: 'string' },
  'accept': { type: 'boolean' },
} as const;

/** Runs `cdk8s-airflow import`. */
export function runImport(args: string[], run: Kubectl = kubectl): CommandResult {
  const { values: options, positionals } = parsed(args);
  const from = options['from-release'];
  if (positionals.length === 0 && from === undefined) { throw new UsageError(`'import' needs a file of values\n\n${IMPORT_USAGE}`); }
  const language = options.language ?? 'typescript';
  if (!['typescript', 'python'].includes(language)) {
    throw new UsageError(`'--language' must be typescript or python, got '${language}'`);
  }
  const inputs = positionals.map(readInput);
  const state = from === undefined ? undefined : readRelease(from, options.namespace ?? 'airflow', inputs.length > 0, run);
  const { conversion, program, plan } = importValues({
    inputs,
    state,
    name: options.name,
    sets: options.set,
    chartVersion: options['chart-version'],
    release: options.release,
    namespace: options.namespace,
  });
  const output = options.output ?? (language === 'python' ? 'main.py' : 'main.ts');
  write(output, language === 'python' ? printPython(program) : printTypeScript(program));
  for (const [file, text] of conversion.files) { write(path.join(path.dirname(output), file), text); }
  const findings: Findings = {
    lines: conversion.lines,
    secrets: conversion.secrets,
    namespace: conversion.facts.release.namespace,
    source: [...(from === undefined ? [] : [`the release ${from}`]), ...positionals.map(file => path.basename(file))].join(', '),
  };
  const report = reportOf(findings, plan);
  if (options.report !== undefined) { fs.writeFileSync(options.report, report); }
  const open = conversion.lines.filter(({ outcome }) => outcome === 'decision');
  const status = open.length > 0 && options.accept !== true ? 1 : 0;
  const text =
    options.report === undefined
      ? report
      : `${summary(findings)}\n${open.map(({ key, text: what }) => `decide '${key}': ${what}\n`).join('')}`;
  return { text: `${output}\n${text}${nextSteps(output, findings, options.report, from !== undefined)}`, status };
}

/** What to do with the program. */
function nextSteps(output: string, { secrets, namespace }: Findings, report: string | undefined, isMove: boolean): string {
  const run = output.endsWith('.py') ? `python ${output}` : `npx tsx ${output}`;
  const where = report === undefined ? 'above' : `in ${report}`;
  const steps = isMove
    ? [`the steps of "Plan of the move" ${where}`]
    : [
      `kubectl create namespace ${namespace}   # unless it exists`,
      ...secrets.length === 0 ? [] : [`the commands of "Secrets to make" ${where}`],
      'kubectl apply --filename dist/airflow.k8s.yaml',
    ];
  return ['next:', `${run}   # writes dist/airflow.k8s.yaml`, ...steps].join('\n  ') + '\n';
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${IMPORT_USAGE}`);
  }
}

/** A program that someone may have changed is not replaced. */
function write(file: string, text: string): void {
  if (fs.existsSync(file)) { throw new UsageError(`'${file}' exists already; remove it, or give another file by '--output'`); }
  fs.writeFileSync(file, text);
}
