import { ChartKeys } from './chart-keys';
import { ChartValues } from './chart-values';
import { Conversion, secretKeyOf, Undecided } from './conversion';
import { imageText, supportedRelease } from './convert-image';
import { convertRedis } from './convert-stores';
import { exposeFlower } from './convert-web';
import { asObject, isObject, Json, JsonObject } from './json';
import { call, Expr, list, lit, Maybe, someStruct, struct } from './program';
import { objects, size } from './scalars';
import { Section } from './section';
import { StructBuilder } from './struct-builder';

/** What the executors of a text are. */
export interface Executors { readonly celery: boolean; readonly kubernetes: boolean; readonly local: boolean }

export function executorsOf(conversion: Conversion): Executors {
  const text = String(conversion.values.effective('executor'));
  return { celery: /Celery/.test(text), kubernetes: /Kubernetes/.test(text), local: /Local/.test(text) };
}

/** The executor, its workers and their broker. */
export function convertExecutor(conversion: Conversion): void {
  const key = 'executor';
  conversion.attempt(key, () => {
    const celery = new StructBuilder();
    const executors = executorsOf(conversion);
    if (executors.celery) { convertCelery(conversion, celery); }
    const kubernetes = kubernetesOptions(conversion, executors);
    const made = executorOf(String(conversion.values.effective(key)), celery, kubernetes);
    const isGiven = conversion.values.given(key) !== undefined;
    if (made !== undefined) { conversion.props.builder.put('executor', made, isGiven ? conversion.commentsOf(key) : []); }
    if (isGiven) { conversion.line(key, 'prop', 'executor'); }
  });
  if (executorsOf(conversion).kubernetes) { convertTaskPods(conversion); }
}

function executorOf(text: string, celery: StructBuilder, kubernetes: Maybe<Expr>): Maybe<Expr> {
  const options = () => (celery.isEmpty ? undefined : celery.build('CeleryExecutorOptions'));
  const one = (part: string): Expr => {
    switch (part.replace(/^airflow\.(?:providers\.(?:celery|cncf\.kubernetes)\.)?executors\.\w+\./, '')) {
      case 'CeleryExecutor': return call('Executor.celery', options());
      case 'KubernetesExecutor': return call('Executor.kubernetes', kubernetes);
      case 'LocalExecutor': return call('Executor.local');
      case 'LocalKubernetesExecutor': return call('Executor.localKubernetes', kubernetes);
      case 'CeleryKubernetesExecutor':
        return call('Executor.celeryKubernetes', someStruct('CeleryKubernetesExecutorOptions', { celery: options(), kubernetes }));
      case 'SequentialExecutor': throw new Undecided('the SequentialExecutor runs one task at a time on SQLite; choose '
        + 'Executor.local(), or leave it out for Executor.kubernetes()');
      default:
        if (!/^[\w.]+$/.test(part)) {
          throw new Undecided(`'${part}' is an executor with a name or a team of its own; write it with Executor.multiple()`);
        }
        return call('Executor.custom', lit(part));
    }
  };
  if (text === 'KubernetesExecutor' && kubernetes === undefined) { return undefined; }
  const parts = text.split(',').map(part => part.trim());
  return parts.length === 1 ? one(parts[0]) : call('Executor.multiple', list(parts.map(one)));
}

/** The options of airflow.cfg that `Executor.kubernetes` decides. */
function kubernetesOptions(conversion: Conversion, { kubernetes }: Executors): Maybe<Expr> {
  if (!kubernetes) { return undefined; }
  const option = (names: string[], convert: (text: string) => Expr): Maybe<Expr> => {
    for (const section of ['kubernetes_executor', 'kubernetes']) {
      for (const name_ of names) {
        const found = conversion.options.take(`${section}.${name_}`);
        if (found !== undefined) {
          conversion.line(found.key, 'prop', 'executor: Executor.kubernetes()');
          return convert(found.value);
        }
      }
    }
    return undefined;
  };
  const bool = (text: string) => lit(/^(true|1|yes|on|t)$/i.test(text));
  return someStruct('KubernetesExecutorOptions', {
    creationBatchSize: option(['worker_pods_creation_batch_size'], text => lit(Number(text))),
    deletePods: option(['delete_worker_pods'], bool),
    deletePodsOnFailure: option(['delete_worker_pods_on_failure'], bool),
    readPodLogs: readPodLogs(conversion),
  });
}

/** The right of the UI to read the logs of task pods. */
function readPodLogs(conversion: Conversion): Maybe<Expr> {
  const key = `${conversion.isAirflow3 ? 'apiServer' : 'webserver'}.allowPodLogReading`;
  const given = conversion.values.given(key);
  if (given === undefined) { return undefined; }
  conversion.line(key, given === false ? 'prop' : 'default', 'executor: Executor.kubernetes({ readPodLogs })');
  return given === false ? lit(false) : undefined;
}

function convertCelery(conversion: Conversion, celery: StructBuilder): void {
  const { values } = conversion;
  const broker = convertBroker(conversion);
  if (broker !== undefined) { celery.put('broker', broker); }
  const workers = new StructBuilder();
  const target = { builder: workers, label: 'executor: Executor.celery({ workers }).' };
  if (values.effective('workers.celery.enableDefault') === false) {
    conversion.props.builder.put('external.celeryWorkers', lit(true));
    conversion.line('workers.celery.enableDefault', 'prop', 'external.celeryWorkers');
  } else {
    convertWorkers(conversion, ['workers.celery', 'workers'], target);
    if (!workers.isEmpty) { celery.put('workers', workers.build()); }
  }
  workerSets(conversion);
  resultBackend(conversion, celery);
  if (values.effective('flower.enabled') === true) { convertFlower(conversion, celery); }
}

function convertWorkers(conversion: Conversion, keys: string[], target: { builder: StructBuilder; label: string }): void {
  const section = new Section(conversion, keys, target);
  section.component();
  section.take('queue', 'queues', value =>
    value === 'default'
      ? undefined
      : list(
        String(value)
          .split(',')
          .map(queue => lit(queue.trim())),
      ),
  );
  // A shared claim or a store has the logs already.
  const isShared =
    conversion.values.effective('logs.persistence.enabled') === true
    || conversion.options.get('logging.remote_logging')?.toLowerCase() === 'true';
  if (isShared) {
    section.logVolumeLine('better', 'the logs are in a shared place, so a worker needs no volume of its own');
  } else if (section.effective('persistence.enabled') === true) { section.logVolume(); }
  section.take('volumeClaimTemplates', 'claims', value => claims(section, value));
}

/** Claims of the workers' own, each with the mount that names it. */
function claims(section: Section, value: Json): Maybe<Expr> {
  const mounts = objects(section.given('extraVolumeMounts')?.value);
  return list(objects(value).map(({ metadata, spec }) => {
    const id = isObject(metadata) ? String(metadata.name) : '';
    const mount = mounts.find(({ name }) => name === id);
    const claim = asObject(spec);
    const requests = asObject(asObject(claim.resources).requests);
    if (mount === undefined || requests.storage === undefined) {
      throw new Undecided(`the claim '${id}' needs a size, and a mount in 'extraVolumeMounts'`);
    }
    return struct('ClaimTemplateOptions', {
      name: lit(id),
      mountPath: lit(String(mount.mountPath)),
      size: size(requests.storage, ''),
      storageClassName: claim.storageClassName === undefined ? undefined : lit(String(claim.storageClassName)),
    });
  }));
}

/** Each set of workers is a construct of its own. It takes over what it does not say. */
function workerSets(conversion: Conversion): void {
  const sets = objects(conversion.values.given('workers.celery.sets'));
  sets.forEach((set, index) => conversion.attempt('workers.celery.sets', () => {
    const { name: id, ...values } = set;
    const builder = new StructBuilder();
    const keys = new ChartKeys(conversion.chartVersion);
    const inner = conversion.within(new ChartValues({ workers: { celery: values as JsonObject } }, keys, conversion.facts.release));
    convertWorkers(inner, ['workers.celery'], { builder, label: `addCeleryWorkers('${String(id)}').` });
    conversion.lines.push(
      ...inner.lines.filter(({ outcome }) => outcome === 'decision').map(line => ({ ...line, key: `workers.celery.sets[${index}]` })),
    );
    conversion.after.push({ value: call('chart.airflow.addCeleryWorkers', lit(String(id)), builder.build('CeleryWorkersOptions')) });
    conversion.line('workers.celery.sets', 'prop', 'airflow.addCeleryWorkers()');
  }));
}

function convertBroker(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  const secret = values.given('data.brokerUrlSecretName');
  if (secret !== undefined) {
    conversion.line('data.brokerUrlSecretName', 'prop', 'executor: Executor.celery({ broker })');
    return call('Broker.fromSecret', secretKeyOf(String(secret), 'connection'));
  }
  const fromVariable = conversion.references.get('AIRFLOW__CELERY__BROKER_URL');
  if (fromVariable !== undefined) { return call('Broker.fromSecret', fromVariable); }
  if (values.given('data.brokerUrl') !== undefined) {
    return call(
      'Broker.fromSecret',
      conversion.secret('data.brokerUrl', 'broker', 'connection', "the text of 'data.brokerUrl'"),
    );
  }
  return convertRedis(conversion);
}

function resultBackend(conversion: Conversion, celery: StructBuilder): void {
  const { values } = conversion;
  const secret = values.given('data.resultBackendSecretName');
  const fromVariable = conversion.references.get('AIRFLOW__CELERY__RESULT_BACKEND');
  if (secret !== undefined) {
    celery.put('resultBackend', secretKeyOf(String(secret), 'connection'));
    conversion.line('data.resultBackendSecretName', 'prop', 'executor: Executor.celery({ resultBackend })');
  } else if (fromVariable !== undefined) {
    celery.put('resultBackend', fromVariable);
  } else if (values.leaves().some(key => key.startsWith('data.resultBackendConnection.') && !values.isDefault(key))) {
    const url = "the URL 'db+postgresql://user:password@host:5432/db' of 'data.resultBackendConnection'";
    celery.put('resultBackend', conversion.secret('data.resultBackendConnection', 'result-backend', 'connection', url));
  }
}

function convertFlower(conversion: Conversion, celery: StructBuilder): void {
  const { values } = conversion;
  const flower = new StructBuilder();
  const target = { builder: flower, label: 'executor: Executor.celery({ flower }).' };
  new Section(conversion, ['flower'], target).component();
  conversion.take('flower.secretName', 'auth', value => call('FlowerAuth.fromSecret', secretKeyOf(String(value), 'basicAuth')), target);
  if (values.given('flower.password') !== undefined) {
    const users = conversion.secret('flower.password', 'flower', 'basicAuth', "the text '<user>:<password>' of Flower");
    flower.put('auth', call('FlowerAuth.fromSecret', users));
    conversion.line('flower.username', 'secret', `the Secret '${conversion.secretName('flower')}', key 'basicAuth', before the colon`);
  }
  const image = imageText(conversion, 'flower');
  if (image !== undefined) {
    const version = call('AirflowVersion.of', lit(supportedRelease(conversion.facts.airflow)));
    flower.put('image', call('AirflowImage.of', lit(image.text), struct('AirflowImageOptions', { version })));
    for (const key of image.keys) { conversion.line(key, 'prop', `${target.label}image`); }
  }
  exposeFlower(conversion, target);
  celery.put('flower', flower.build());
  conversion.line('flower.enabled', 'prop', 'executor: Executor.celery({ flower })');
}

/** The pod of a task. */
function convertTaskPods(conversion: Conversion): void {
  const builder = new StructBuilder();
  const target = { builder, label: 'taskPods.' };
  const section = new Section(conversion, ['workers.kubernetes', 'workers'], target);
  section.pod();
  for (const key of ['repository', 'tag', 'pullPolicy'].map(part => `images.pod_template.${part}`)) {
    if (conversion.values.given(key) === undefined) { continue; }
    conversion.line(key, 'left out', 'the chart itself replaces it by the options worker_container_repository and worker_container_tag, '
      + 'which say images.airflow; for another image set taskPods.image');
  }
  template(conversion, builder);
  if (!builder.isEmpty) { conversion.props.builder.put('taskPods', builder.build()); }
}

function template(conversion: Conversion, builder: StructBuilder): void {
  const given: Json | undefined = conversion.values.given('podTemplate');
  if (given === undefined) { return; }
  conversion.files.set('pod_template.yaml', String(given));
  builder.put('template', call('TaskPodTemplate.fromFile', lit('pod_template.yaml')));
  conversion.line(
    'podTemplate',
    String(given).includes('{{') ? 'decision' : 'prop',
    String(given).includes('{{')
      ? "taskPods.template reads the file 'pod_template.yaml', which still has templates of Helm; write what they give"
      : "taskPods.template, from the file 'pod_template.yaml'",
  );
}

