import { Duration } from 'cdk8s';
import { CeleryExecutorOptions, CeleryKubernetesExecutorOptions, ExecutorOptions, KubernetesExecutorOptions } from './executor-options';
import { Broker } from '../backends/broker';
import { CeleryWorkersOptions } from '../components/celery-workers';
import { FlowerOptions } from '../components/flower';
import { Answer, byDefault, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import {
  CELERY_EXECUTOR,
  CELERY_KUBERNETES_EXECUTOR,
  KUBERNETES_EXECUTOR,
  LOCAL_EXECUTOR,
  LOCAL_KUBERNETES_EXECUTOR,
} from '../core/import-paths';
import { checkPostgresTls, postgresParameters, TlsFiles, tlsFiles } from '../core/tls-files';
import { ExecutorFacts } from '../instance/instance';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';
import { checkAtLeast, failure } from '../kubernetes/validate';

/** The connections and workers of the CeleryExecutor. */
export interface CeleryConfig {
  readonly broker: Broker;
  readonly longestTask?: Duration;
  /** The options of the workers of the default queue, as given. */
  readonly workers?: CeleryWorkersOptions;
  /** Undefined for an instance without Flower. */
  readonly flower?: FlowerOptions;
  /** Undefined for results in the metadata database. */
  readonly resultBackend?: { readonly address: SecretKey; readonly tls?: TlsFiles };
}

/** The configuration of the instance that results from an executor. */
export interface ExecutorConfig extends ExecutorFacts, Answer {
  /** Whether tasks run as processes of the scheduler. */
  readonly tasksInScheduler: boolean;
  /** Set when tasks run as processes of Celery workers. */
  readonly celery?: CeleryConfig;
  /** Whether the UI may not read the logs of the pods. */
  readonly hidesPodLogs?: boolean;
  readonly options: ConfigOption[];
}

/**
 * The executor of Airflow, which decides where tasks run.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/executor/index.html
 */
export abstract class Executor {
  /**
   * The KubernetesExecutor: each task runs in its own pod.
   *
   * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/kubernetes_executor.html
   * @throws when `creationBatchSize` is below 1, `deletePodsOnFailure` is set without `deletePods`, or `alias` is invalid or
   * the name of another Airflow executor
   */
  public static kubernetes(options: KubernetesExecutorOptions = {}): Executor {
    checkMembers('KubernetesExecutorOptions', options);
    return new KubernetesExecutor(options);
  }

  /**
   * The LocalExecutor: tasks run as processes of the scheduler.
   *
   * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/executor/local.html
   * @throws when `alias` is invalid or the name of another Airflow executor
   */
  public static local(options: ExecutorOptions = {}): Executor {
    checkMembers('ExecutorOptions', options);
    return new SimpleExecutor('LocalExecutor', LOCAL_EXECUTOR, options, true);
  }

  /**
   * The CeleryExecutor: tasks run as processes of long-running workers.
   *
   * @see https://airflow.apache.org/docs/apache-airflow-providers-celery/stable/celery_executor.html
   * @throws when `alias` is invalid or the name of another Airflow executor, when `resultBackendTls` is set without
   * `resultBackend`, or when its `mode` and `ca` do not fit together
   */
  public static celery(options: CeleryExecutorOptions = {}): Executor {
    checkMembers('CeleryExecutorOptions', options);
    return new CeleryExecutor(options);
  }

  /**
   * Celery workers, and pods for the tasks of the queue `[celery_kubernetes_executor] kubernetes_queue`. Only for Airflow 2;
   * use `multiple` in Airflow 3.
   *
   * @throws when one of the two has an `alias`; at the instance, with Airflow 3
   */
  public static celeryKubernetes(options: CeleryKubernetesExecutorOptions = {}): Executor {
    checkMembers('CeleryKubernetesExecutorOptions', options);
    const { celery = {}, kubernetes = {} } = options;
    return new HybridExecutor(
      'CeleryKubernetesExecutor',
      'celery_kubernetes_executor',
      [new CeleryExecutor(celery), new KubernetesExecutor(kubernetes)],
      [celery, kubernetes],
    );
  }

  /**
   * Processes of the scheduler, and pods for the tasks of the queue `[local_kubernetes_executor] kubernetes_queue`. Only for
   * Airflow 2; use `multiple` in Airflow 3.
   *
   * @throws when `alias` is set; at the instance, with Airflow 3
   */
  public static localKubernetes(kubernetes: KubernetesExecutorOptions = {}): Executor {
    checkMembers('KubernetesExecutorOptions', kubernetes);
    return new HybridExecutor(
      'LocalKubernetesExecutor',
      'local_kubernetes_executor',
      [Executor.local(), new KubernetesExecutor(kubernetes)],
      [kubernetes],
    );
  }

  /**
   * Several executors side by side. A task chooses one by its name; tasks without a choice run in the first.
   *
   * @throws when there are fewer than two executors, or one of them consists of several; at the instance, when two have the
   * same kind or name
   * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/executor/index.html#using-multiple-executors-concurrently
   */
  public static multiple(executors: Executor[]): Executor {
    return new MultipleExecutor(executors);
  }

  /**
   * An executor of your own image or of a provider, by the import path of its class, for example
   * `airflow.providers.amazon.aws.executors.ecs.AwsEcsExecutor`. The library does not create the resources that it needs
   * elsewhere.
   *
   * @throws when `classPath` is not the path of a class or has a factory here, or `alias` is invalid or the name of another
   * Airflow executor
   */
  public static custom(classPath: string, options: ExecutorOptions = {}): Executor {
    checkMembers('ExecutorOptions', options);
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(classPath)) {
      throw new Error(`'classPath' must be a module and a class like my_company.executors.MyExecutor, got '${classPath}'`);
    }
    if (CORE.includes(classPath)) {
      throw new Error(`'classPath' must be that of an executor of your own or of a provider, got '${classPath}'; `
        + 'use Executor.kubernetes(), local(), celery(), celeryKubernetes() or localKubernetes()');
    }
    return new SimpleExecutor(classPath.split('.').pop()!, classPath, options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): ExecutorConfig;
}

/** Executors that Airflow knows by their class names. */
const CORE = [LOCAL_EXECUTOR, KUBERNETES_EXECUTOR, CELERY_EXECUTOR, CELERY_KUBERNETES_EXECUTOR, LOCAL_KUBERNETES_EXECUTOR];

/** A single executor, by its class. */
class SimpleExecutor extends Executor {
  protected readonly name: string;

  constructor(
    private readonly className: string,
    public readonly path: string,
    { alias }: ExecutorOptions,
    private readonly tasksInScheduler = false,
  ) {
    super();
    if (alias !== undefined && !/^[A-Za-z_]\w*$/.test(alias)) {
      throw new Error(`'alias' must be letters, digits and '_', not beginning with a digit, got '${alias}'`);
    }
    const other = CORE.find(core => core !== path && core.split('.').pop() === alias);
    if (other !== undefined) {
      throw new Error(`'alias' must not be the name of another executor of Airflow, got '${alias}' for the ${className}; use another one`);
    }
    this.name = alias ?? className;
  }

  public _bind(_context: BindContext): ExecutorConfig {
    const { name, className, path, tasksInScheduler } = this;
    // Airflow 2 accepts an alias only together with a class path.
    const setting = name === className ? (CORE.includes(path) ? className : path) : `${name}:${path}`;
    return { setting, names: [name], tasksInScheduler, options: [] };
  }
}

class KubernetesExecutor extends SimpleExecutor {
  constructor(private readonly options: KubernetesExecutorOptions) {
    super('KubernetesExecutor', KUBERNETES_EXECUTOR, options);
    checkAtLeast(undefined, 'creationBatchSize', options.creationBatchSize, 1);
    if (options.deletePods === false && options.deletePodsOnFailure) {
      throw new Error("'deletePodsOnFailure' adds failed pods to those that 'deletePods' deletes, which is false; leave one of them out");
    }
  }

  public _bind(context: BindContext): ExecutorConfig {
    const { creationBatchSize = 16, deletePods = true, deletePodsOnFailure = false } = this.options;
    return {
      ...super._bind(context),
      podExecutor: this.name,
      hidesPodLogs: this.options.readPodLogs === false,
      options: Object.entries({
        worker_pods_creation_batch_size: `${creationBatchSize}`,
        delete_worker_pods: deletePods ? 'True' : 'False',
        delete_worker_pods_on_failure: deletePodsOnFailure ? 'True' : 'False',
      }).map(([option, value]) => own('kubernetes_executor', option, value, "'executor'")),
    };
  }
}

class CeleryExecutor extends SimpleExecutor {
  constructor(private readonly options: CeleryExecutorOptions) {
    super('CeleryExecutor', CELERY_EXECUTOR, options);
    const { resultBackend, resultBackendTls } = options;
    if (resultBackendTls !== undefined && resultBackend === undefined) {
      throw new Error(
        "'resultBackendTls' is given, but there is no 'resultBackend' that it could be for; set it, or use 'tls' of Database.fromSecret()",
      );
    }
    checkPostgresTls('resultBackendTls', resultBackendTls);
  }

  public _bind(context: BindContext): ExecutorConfig {
    const { broker, workers, longestTask, flower, resultBackend, resultBackendTls } = this.options;
    const tls = resultBackendTls && tlsFiles('results-tls', resultBackendTls);
    return {
      ...super._bind(context),
      celeryExecutor: this.name,
      celery: {
        broker: broker ?? Broker.redis(),
        workers,
        longestTask,
        flower,
        resultBackend: resultBackend && { address: resultBackend, tls },
      },
      options: [
        own('celery', 'broker_url', undefined, "'executor'"),
        own('celery', 'result_backend', undefined, "'executor'"),
        ...tls === undefined ? [] : [
          own('celery', 'result_backend_sqlalchemy_engine_options',
            JSON.stringify({ connect_args: postgresParameters(resultBackendTls!, tls) }),
            "'resultBackendTls' of 'executor'"),
        ],
        // By default, Airflow would start one process per CPU of the node to send tasks.
        byDefault('celery', 'sync_parallelism', '1'),
        // Without a retry, a task that cannot be sent fails at once. Each attempt takes up to [celery] operation_timeout.
        byDefault('celery', 'extra_celery_config', JSON.stringify({ task_publish_retry_policy: PUBLISH_AGAIN })),
        own('celery', 'flower_url_prefix', undefined, "'url' of 'flower'", 'its path is the prefix'),
        ...flower === undefined ? [] : [
          ...['flower_host', 'flower_port'].map(option => own('celery', option, undefined, 'the library')),
          own('celery', 'flower_basic_auth', undefined, "'flower' of 'executor'", "its 'auth' says who may log in"),
        ],
      ],
    };
  }
}

/** Celery retries without end while the broker is unavailable; Airflow ends the attempt. */
const PUBLISH_AGAIN = { max_retries: null, interval_start: 0.1, interval_step: 0.1, interval_max: 0.3 };

/** Combines executors that run side by side. */
function together(setting: string, parts: ExecutorConfig[]): ExecutorConfig {
  const celery = parts.find(part => part.celery !== undefined);
  return {
    setting,
    names: parts.flatMap(({ names }) => names),
    podExecutor: parts.find(({ podExecutor }) => podExecutor !== undefined)?.podExecutor,
    hidesPodLogs: parts.some(({ hidesPodLogs }) => hidesPodLogs),
    tasksInScheduler: parts.some(({ tasksInScheduler }) => tasksInScheduler),
    celery: celery?.celery,
    celeryExecutor: celery?.celeryExecutor,
    options: parts.flatMap(({ options }) => options),
  };
}

/** Two executors in one class of Airflow 2. The queue of a task chooses between them. */
class HybridExecutor extends Executor {
  constructor(
    private readonly className: string,
    private readonly section: string,
    private readonly executors: Executor[],
    options: ExecutorOptions[],
  ) {
    super();
    const alias = options.map(each => each.alias).find(other => other !== undefined);
    if (alias !== undefined) {
      throw new Error(
        `'alias' is for executors that tasks choose by name, but those of the ${className} choose by their queue, `
          + `got '${alias}'; leave it out`,
      );
    }
  }

  public _bind(context: BindContext): ExecutorConfig {
    const { version } = context;
    if (version.isAirflow3) {
      throw failure(
        context,
        `'executor' ${this.className} exists in Airflow 2, but the version is ${version.release}; use Executor.multiple()`,
      );
    }
    const parts = this.executors.map(executor => executor._bind(context));
    return {
      ...together(this.className, parts),
      names: [this.className],
      podExecutor: this.className,
      celeryExecutor: undefined,
      podQueue: config => config._pin(this.section, 'kubernetes_queue') ?? 'kubernetes',
    };
  }
}

class MultipleExecutor extends Executor {
  private readonly executors: SimpleExecutor[];

  constructor(executors: Executor[]) {
    super();
    if (executors.length < 2) {
      throw new Error(`'executors' must be at least two, got ${executors.length}; one alone is given as it is`);
    }
    this.executors = executors.filter(executor => executor instanceof SimpleExecutor);
    if (this.executors.length < executors.length) {
      throw new Error("'executors' must be single ones, got one that is several already; name each of them here");
    }
  }

  public _bind(context: BindContext): ExecutorConfig {
    const parts = this.executors.map(executor => executor._bind(context));
    const twice = (list: string[]) => list.find((text, index) => list.indexOf(text) !== index);
    const path = twice(this.executors.map(executor => executor.path));
    if (path !== undefined) {
      throw failure(context, `'executor' has ${path.split('.').pop()} twice, which Airflow refuses; leave one out`);
    }
    const name = twice(parts.flatMap(part => part.names));
    if (name !== undefined) {
      throw failure(context, `'executor' has two that tasks would call ${name}; give one of them another 'alias'`);
    }
    return together(parts.map(({ setting }) => setting).join(','), parts);
  }
}
