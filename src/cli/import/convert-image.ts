import { ChartValues } from './chart-values';
import { Conversion, Undecided } from './conversion';
import { Json } from './json';
import { call, Expr, list, lit, Maybe, someStruct, struct } from './program';
import { pullPolicy } from './scalars';

/** The release of Airflow that the values install. */
export function airflowRelease(values: ChartValues): string {
  const tag = texts(values, 'images.airflow.tag') ?? texts(values, 'defaultAirflowTag');
  const tagged = /^(\d+\.\d+\.\d+)(?!\d)/.exec(tag ?? '')?.[1];
  const isOfficial = /(^|\/)apache\/airflow$/.test(repository(values));
  const said = values.given('airflowVersion');
  return (
    (isOfficial ? tagged : undefined) ?? (said === undefined ? undefined : String(said)) ?? String(values.effective('airflowVersion'))
  );
}

function texts(values: ChartValues, key: string): string | undefined {
  const value = values.effective(key);
  return value === undefined || value === '' ? undefined : String(value);
}

function repository(values: ChartValues): string {
  return texts(values, 'images.airflow.repository') ?? String(values.effective('defaultAirflowRepository'));
}

/** The release that the library runs: a supported one. */
export function supportedRelease(release: string): string {
  const [major, minor, patch] = release.split('.').map(Number);
  if (major === 2) { return minor >= 10 ? release : '2.10.5'; }
  if (minor === 0 && patch < 2) { return '3.0.2'; }
  return release;
}

/** The image and the version of Airflow. */
export function convertImage(conversion: Conversion, release: string): void {
  const { values } = conversion;
  const version = supportedRelease(release);
  if (version !== release) {
    const key = ['airflowVersion', 'images.airflow.tag', 'defaultAirflowTag'].find(other => values.has(other)) ?? 'airflowVersion';
    conversion.line(
      key,
      'decision',
      `the library runs Airflow 2.10, 2.11 and 3.0.2 and newer, the values have ${release}; upgrade to 2.10 or newer with Helm first. `
        + `The program has ${version}`,
    );
  }
  const versionExpr = call('AirflowVersion.of', lit(version));
  const keys = [
    'airflowVersion', 'defaultAirflowRepository', 'defaultAirflowTag', 'defaultAirflowDigest', 'images.airflow.repository',
    'images.airflow.tag', 'images.airflow.digest', 'images.airflow.pullPolicy', 'imagePullSecrets', 'registry.secretName', 'airflowHome',
  ].filter(key => values.given(key) !== undefined);
  const [repo, tag] = [repository(values), texts(values, 'images.airflow.tag') ?? String(values.effective('defaultAirflowTag'))];
  const digest = texts(values, 'images.airflow.digest') ?? texts(values, 'defaultAirflowDigest');
  const policy = values.given('images.airflow.pullPolicy');
  const options = {
    pullPolicy: policy === undefined ? undefined : pullPolicy(policy, ''),
    pullSecrets: pullSecrets(conversion),
    airflowHome: values.given('airflowHome') === undefined ? undefined : lit(String(values.given('airflowHome'))),
  };
  const isOfficial = repo === 'apache/airflow' && digest === undefined && (tag === version || version !== release);
  if (isOfficial && Object.values(options).every(value => value === undefined)) {
    conversion.props.builder.put('version', versionExpr, keys.flatMap(key => conversion.commentsOf(key)));
  } else {
    conversion.attempt('images.airflow.tag', () =>
      conversion.props.builder.put('image', imageOf(conversion, { repo, tag, digest, version }, options)),
    );
  }
  const said = values.given('airflowVersion');
  if (said !== undefined && String(said) !== release) {
    conversion.line('airflowVersion', 'left out', `the tag of the image says ${release}`);
  }
  const prop = isOfficial && Object.values(options).every(value => value === undefined) ? 'version' : 'image';
  for (const key of keys.filter(other => !conversion.lines.some(line => line.key === other))) { conversion.line(key, 'prop', prop); }
}

interface Reference { readonly repo: string; readonly tag: string; readonly digest?: string; readonly version: string }

function imageOf(
  conversion: Conversion, { repo, tag, digest, version }: Reference, options: { readonly [name: string]: Maybe<Expr> },
): Expr {
  if (`${repo}${tag}`.includes('{{')) {
    conversion.line(
      'images.airflow.repository',
      'decision',
      'the image has a template of Helm that only Helm can fill in; write what it gives',
    );
    return call(
      'AirflowImage.of',
      lit(`registry.example.com/airflow:${version}-decide`),
      struct('AirflowImageOptions', { version: call('AirflowVersion.of', lit(version)) }),
    );
  }
  const isPinned = digest !== undefined || !['latest', ''].includes(tag);
  if (!isPinned) {
    conversion.line(
      'images.airflow.tag',
      'decision',
      `the tag '${tag}' may be another image tomorrow; write the tag of a build, or a digest`,
    );
  }
  const reference = digest === undefined ? `${repo}:${isPinned ? tag : `${version}-decide`}` : `${repo}@${digest}`;
  const isTold = repo === 'apache/airflow' && tag.startsWith(version) && digest === undefined;
  return call('AirflowImage.of', lit(reference), someStruct('AirflowImageOptions', {
    version: isTold ? undefined : call('AirflowVersion.of', lit(version)), ...options,
  }));
}

function pullSecrets(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  const given = values.given('imagePullSecrets') ?? values.given('registry.secretName');
  const names = (Array.isArray(given) ? given : given === undefined ? [] : [given]).map(item => nameOf(item));
  return names.length === 0 ? undefined : list(names.map(secret => conversion.existing('Secret', secret)));
}

function nameOf(item: Json): string {
  const found = typeof item === 'object' && item !== null && !Array.isArray(item) ? item.name : item;
  if (typeof found !== 'string') { throw new Undecided('a pull Secret must have a name'); }
  return found;
}

/** An image of the chart with repository and tag, if the user gives one of them. */
export function imageText(conversion: Conversion, section: string): { readonly text: string; readonly keys: string[] } | undefined {
  const { values } = conversion;
  const keys = ['repository', 'tag', 'digest'].map(part => `images.${section}.${part}`).filter(key => values.given(key) !== undefined);
  if (keys.length === 0) { return undefined; }
  const repo = texts(values, `images.${section}.repository`) ?? repository(values);
  const tag =
    texts(values, `images.${section}.tag`) ?? texts(values, 'images.airflow.tag') ?? String(values.effective('defaultAirflowTag'));
  return { text: `${repo}:${tag}`, keys };
}
