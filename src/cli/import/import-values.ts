import { assemble } from './assemble';
import { ChartKeys, chartVersions, compareVersions, isOwnComment } from './chart-keys';
import { ChartValues } from './chart-values';
import { Conversion } from './conversion';
import { convertAuth } from './convert-auth';
import { convertComponents } from './convert-components';
import { putConfig, readConfig } from './convert-config';
import { convertDags } from './convert-dags';
import { convertData, putKeys } from './convert-data';
import { convertExecutor } from './convert-executor';
import { convertExtras } from './convert-extras';
import { airflowRelease, convertImage, supportedRelease } from './convert-image';
import { convertKerberos, convertLogs } from './convert-logs';
import { convertPods, putEnvironment } from './convert-pods';
import { convertTelemetry } from './convert-telemetry';
import { convertWeb } from './convert-web';
import { evaluate } from './evaluate';
import { Kept, keepRelease } from './keep-release';
import { documents, objectName } from './kubernetes-objects';
import { lineLeftovers } from './leftovers';
import { collisions, movePlan } from './move-plan';
import { Program } from './program';
import { Input, mergeValues, setValue } from './read-input';
import { ReleaseState } from './read-release';
import { synthesize } from './repair';
import { UsageError } from './usage-error';

export interface ImportOptions {
  readonly inputs: readonly Input[];
  /** A release that runs, whose values come before those of the inputs. */
  readonly state?: ReleaseState;
  /** The name of the instance. */
  readonly name?: string;
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
  /** The plan of the move of a release, as Markdown. */
  readonly plan?: string;
}

/** Makes a program of the values of a release. */
export function importValues(options: ImportOptions): Imported {
  const { inputs, sets = [], state } = options;
  const user = sets.reduce(setValue, inputs.reduce((all, { values }) => mergeValues(all, values), state?.values ?? {}));
  const chartVersion = versionOf(options);
  const keys = new ChartKeys(chartVersion);
  const release = {
    chart: state?.chart,
    name: options.release ?? state?.name ?? inputs.map(input => input.release).find(found => found !== undefined) ?? 'airflow',
    namespace:
      options.namespace ?? state?.namespace ?? inputs.map(input => input.namespace).find(found => found !== undefined) ?? 'airflow',
  };
  const values = new ChartValues(user, keys, release);
  const airflow = airflowRelease(values);
  const comments = new Map(inputs.flatMap(input => [...input.comments]).map(([key, lines]) => [key, lines.filter(isOwnComment)]));
  const conversion = new Conversion({
    values,
    release,
    comments,
    chartVersion,
    airflow: supportedRelease(airflow),
    isRunning: state !== undefined,
    hasDefaults: state?.hasDefaults,
  });
  conversion.instance = options.name;
  for (const missing of [...state?.missing ?? [], ...inputs.flatMap(input => input.missing)]) {
    conversion.line('values', 'decision', `the values of ${missing} are missing; give the file as well`);
  }
  convert(conversion, airflow);
  const kept = state && keepRelease(conversion, state);
  putKeys(conversion);
  const source = state === undefined ? inputs.map(({ file }) => file.split('/').pop()).join(', ') : `the release ${state.name}`;
  const header = [`Written by \`cdk8s-airflow import\` from ${source}, for version ${chartVersion} of the chart.`];
  // `config` depends on what the other props decide.
  putConfig(conversion, tryOut(assemble(conversion.copy(), header), conversion));
  putEnvironment(conversion);
  lineLeftovers(conversion, keys);
  const yaml = state === undefined ? synthesize(conversion, header) : synthesizeBeside(conversion, header, state, kept!);
  const plan = state && movePlan(conversion, state, kept!, conversion.instance ?? release.name, documents(yaml));
  return { conversion, program: assemble(conversion, header), yaml, plan };
}

/** Names of the instance, until one has no object in common with the release but those that both have. */
function synthesizeBeside(conversion: Conversion, header: readonly string[], state: ReleaseState, kept: Kept): string {
  const names = conversion.instance === undefined ? [state.name, `${state.name}-v2`, `${state.name}-v3`] : [conversion.instance];
  let found: string[] = [];
  for (const name of names) {
    conversion.instance = name;
    const yaml = synthesize(conversion, header);
    found = collisions(documents(yaml).map(objectName), state, kept).map(({ kind, name: object }) => `${kind} '${object}'`);
    if (found.length === 0) { return yaml; }
  }
  throw new UsageError(`the program has objects of the release '${state.name}': ${found.join(', ')}; choose another '--name'`);
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
  convertTelemetry(conversion);
  convertExtras(conversion);
}

function tryOut(program: Program, { files }: Conversion): ReturnType<typeof evaluate> | undefined {
  try {
    return evaluate(program, files);
  } catch {
    return undefined;
  }
}

function versionOf({ chartVersion, inputs, state }: ImportOptions): string {
  const known = chartVersions();
  const newest = known[known.length - 1];
  const asked =
    chartVersion
    ?? state?.chartVersion
    ?? inputs.map(input => input.chartVersion).find(found => found !== undefined && /^\d+\.\d+\.\d+$/.test(found));
  if (asked === undefined) { return newest; }
  if (known.includes(asked)) { return asked; }
  if (/^\d+\.\d+\.\d+$/.test(asked) && compareVersions(newest, asked) < 0 && chartVersion === undefined) {
    throw new UsageError(`the values are for version ${asked} of the chart, and the command knows the keys up to ${newest}; add `
      + `'--chart-version ${newest}', and read in the report which keys are unknown`);
  }
  if (!/^\d+\.\d+\.\d+$/.test(asked) || compareVersions(asked, known[0]) < 0 || compareVersions(newest, asked) < 0) {
    throw new UsageError(`'--chart-version' must be one of ${known.join(', ')}, got '${asked}'`);
  }
  return [...known].reverse().find(version => compareVersions(version, asked) < 0)!;
}

