import { assemble } from './assemble';
import { ChartKeys, chartVersions, compareVersions, isOwnComment } from './chart-keys';
import { ChartValues } from './chart-values';
import { Conversion } from './conversion';
import { convertAuth } from './convert-auth';
import { convertComponents } from './convert-components';
import { putConfig, readConfig } from './convert-config';
import { convertDags } from './convert-dags';
import { convertData } from './convert-data';
import { convertExecutor } from './convert-executor';
import { convertExtras } from './convert-extras';
import { airflowRelease, convertImage, supportedRelease } from './convert-image';
import { convertKerberos, convertLogs } from './convert-logs';
import { convertPods, putEnvironment } from './convert-pods';
import { convertWeb } from './convert-web';
import { evaluate } from './evaluate';
import { lineLeftovers } from './leftovers';
import { Program } from './program';
import { Input, mergeValues, setValue } from './read-input';
import { UsageError } from './usage-error';

export interface ImportOptions {
  readonly inputs: readonly Input[];
  readonly sets?: readonly string[];
  readonly chartVersion?: string;
  readonly release?: string;
  readonly namespace?: string;
}

/** What an import makes. */
export interface Imported {
  readonly conversion: Conversion;
  readonly program: Program;
  /** What the program synthesizes; empty if the library refuses the program. */
  readonly yaml: string;
}

/** Makes a program of the values of a release. */
export function importValues(options: ImportOptions): Imported {
  const { inputs, sets = [] } = options;
  const user = sets.reduce(setValue, inputs.reduce((all, { values }) => mergeValues(all, values), {}));
  const chartVersion = versionOf(options);
  const keys = new ChartKeys(chartVersion);
  const release = {
    name: options.release ?? inputs.map(input => input.release).find(found => found !== undefined) ?? 'airflow',
    namespace: options.namespace ?? inputs.map(input => input.namespace).find(found => found !== undefined) ?? 'airflow',
  };
  const values = new ChartValues(user, keys, release);
  const airflow = airflowRelease(values);
  const comments = new Map(inputs.flatMap(input => [...input.comments]).map(([key, lines]) => [key, lines.filter(isOwnComment)]));
  const conversion = new Conversion({ values, release, comments, chartVersion, airflow: supportedRelease(airflow) });
  for (const missing of inputs.flatMap(input => input.missing)) { conversion.line('values', 'decision', `the values of ${missing} are missing; give the file as well`); }
  convert(conversion, airflow);
  const header = [`Written by \`cdk8s-airflow import\` from ${inputs.map(({ file }) => file.split('/').pop()).join(', ')}, for version ${chartVersion} of the chart.`];
  // `config` depends on what the other props decide.
  putConfig(conversion, tryOut(assemble(conversion.copy(), header), conversion));
  putEnvironment(conversion);
  lineLeftovers(conversion, keys);
  const yaml = synthesize(conversion, header);
  return { conversion, program: assemble(conversion, header), yaml };
}

function convert(conversion: Conversion, airflow: string): void {
  readConfig(conversion);
  convertImage(conversion, airflow);
  convertPods(conversion);
  convertLogs(conversion);
  convertExecutor(conversion);
  convertData(conversion);
  convertDags(conversion);
  convertAuth(conversion);
  convertWeb(conversion);
  convertComponents(conversion);
  convertKerberos(conversion);
  convertExtras(conversion);
}

function tryOut(program: Program, { files }: Conversion): ReturnType<typeof evaluate> | undefined {
  try {
    return evaluate(program, files);
  } catch {
    return undefined;
  }
}

/** What the library refuses is a decision as well. */
function synthesize(conversion: Conversion, header: readonly string[]): string {
  try {
    return evaluate(assemble(conversion.copy(), header), conversion.files).synthYaml();
  } catch (error) {
    for (const line of (error as Error).message.split('\n')) { conversion.line('the program', 'decision', line.trim()); }
    return '';
  }
}

function versionOf({ chartVersion, inputs }: ImportOptions): string {
  const known = chartVersions();
  const newest = known[known.length - 1];
  const asked = chartVersion ?? inputs.map(input => input.chartVersion).find(found => found !== undefined && /^\d+\.\d+\.\d+$/.test(found));
  if (asked === undefined) { return newest; }
  if (known.includes(asked)) { return asked; }
  if (!/^\d+\.\d+\.\d+$/.test(asked) || compareVersions(asked, known[0]) < 0 || compareVersions(newest, asked) < 0) {
    throw new UsageError(`'--chart-version' must be one of ${known.join(', ')}, got '${asked}'`);
  }
  return [...known].reverse().find(version => compareVersions(version, asked) < 0)!;
}

