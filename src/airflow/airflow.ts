import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct, IConstruct } from 'constructs';
import { AirflowProps } from './airflow-props';
import { assembleInstance, connect, settleImage, traitsOf, unless } from './assemble';
import { bindOthers } from './bind-others';
import { checkComponents, checkExecutor, checkJobs, checkNamespace, settleUrl } from './check-airflow-props';
import { checkFiles } from './check-files';
import { configureAirflow } from './configure-airflow';
import { createComponents } from './create-components';
import { createJobs } from './create-jobs';
import { createFiles } from './instance-files';
import { notesOf } from './notes';
import { OperatorNamespaces } from './operator-namespaces';
import { OperatorOptions, SparkApplicationsOptions } from './operator-options';
import { settleAccounts } from './settle-accounts';
import { settleDatabase, SettledDatabase } from './settle-database';
import { Auth } from '../auth/auth';
import { AuthConfig } from '../auth/auth-config';
import { Accounts } from '../auth/fab-users';
import { PgBouncer } from '../backends/pg-bouncer';
import { Postgres } from '../backends/postgres';
import { RabbitMq } from '../backends/rabbitmq';
import { Redis } from '../backends/redis';
import { AirflowJob, AirflowJobOptions } from '../components/airflow-job';
import { ApiServer } from '../components/api-server';
import { AuthResources } from '../components/auth-resources';
import { BootstrapSecrets } from '../components/bootstrap-secrets';
import { CeleryWorkers, CeleryWorkersOptions } from '../components/celery-workers';
import { CheckDags } from '../components/check-dags';
import { Component } from '../components/component';
import { DagProcessor } from '../components/dag-processor';
import { Downgrade } from '../components/downgrade';
import { ExecutionApi } from '../components/execution-api';
import { Flower } from '../components/flower';
import { LogGroomer } from '../components/log-groomer';
import { Migration } from '../components/migration';
import { Pools } from '../components/pools';
import { RotateFernetKey } from '../components/rotate-fernet-key';
import { Scheduler } from '../components/scheduler';
import { SyncUsers } from '../components/sync-users';
import { Triggerer } from '../components/triggerer';
import { Webserver } from '../components/webserver';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowImage } from '../core/airflow-image';
import { AirflowVersion } from '../core/airflow-version';
import { AirflowWorkload } from '../core/airflow-workload';
import { Answer } from '../core/answer';
import { BaseUrl } from '../core/base-url';
import { CommonPodOptions } from '../core/common-pod-options';
import { ConfigMaps } from '../core/config-maps';
import { DagNames } from '../core/dag-names';
import { Disruption } from '../core/disruption';
import { GeneratedSecrets } from '../core/generated-secrets';
import { instanceLabels, withGiven } from '../core/labels';
import { ObjectNames } from '../core/names';
import { Role } from '../core/needs';
import { NetworkGraph } from '../core/network-graph';
import { Registry } from '../core/registry';
import { DagSource } from '../dags/dag-source';
import { SharedGitSync } from '../dags/shared-git-sync';
import { bindCelery } from '../executor/bind-celery';
import { Executor } from '../executor/executor';
import { IAirflow } from '../instance/i-airflow';
import { Instance } from '../instance/instance';
import { KerberosRenewer } from '../instance/kerberos-renewer';
import { Rbac } from '../instance/rbac';
import { IpFamily } from '../kubernetes/ip-family';
import { checkMembers } from '../kubernetes/members';
import { checkDnsLabel, failure } from '../kubernetes/validate';
import { MetricsKind } from '../metrics/metrics-config';
import { OpenTelemetryCollector } from '../metrics/open-telemetry-collector';
import { StatsdExporter } from '../metrics/statsd-exporter';
import { bindTelemetry } from '../metrics/telemetry';
import { AirflowConnection } from '../secrets/airflow-connection';
import { AirflowSecrets } from '../secrets/airflow-secrets';
import { Connections } from '../secrets/connections';
import { TaskLogs } from '../task-logs/task-logs';
import { TaskPod, TaskPodOptions } from '../task-pods/task-pod';
import { TaskPods } from '../task-pods/task-pods';

/**
 * One Apache Airflow with all its components. Its Chart must have a namespace.
 */
export class Airflow extends Construct implements IAirflow {
  /** The version of Airflow. */
  public readonly version: AirflowVersion;
  /** The image that all Airflow containers run. */
  public readonly image: AirflowImage;
  /** The options of `airflow.cfg`. */
  public readonly config: AirflowConfig;
  /** The service accounts and their permissions. */
  public readonly rbac: Rbac;
  /** Whether only the database and its migration run. */
  public readonly maintenance: boolean;
  /** The API server. Undefined in 2.x and when it runs elsewhere. */
  public readonly apiServer?: ApiServer;
  /** The server of the execution API. Undefined when the API server serves it, when it runs elsewhere, and in 2.x. */
  public readonly executionApi?: ExecutionApi;
  /** The webserver. Undefined in 3.x and when it runs elsewhere. */
  public readonly webserver?: Webserver;
  /** The scheduler. Undefined when it runs elsewhere. */
  public readonly scheduler?: Scheduler;
  /** The dag-processor. Undefined when the scheduler reads the DAG files (2.x) or when the dag-processor runs elsewhere. */
  public readonly dagProcessor?: DagProcessor;
  /** The Celery workers of the default queue. Undefined when the executor has none or they run elsewhere. */
  public readonly celeryWorkers?: CeleryWorkers;
  /** Flower, the monitor of the Celery workers. Undefined unless the executor includes it. */
  public readonly flower?: Flower;
  /** The triggerer. Undefined when it runs elsewhere. */
  public readonly triggerer?: Triggerer;
  /** The pods that tasks run in. */
  public readonly taskPods: TaskPods;
  /** The in-cluster PostgreSQL. Undefined when the database runs elsewhere. */
  public readonly postgres?: Postgres;
  /** The PgBouncer in front of the database. Undefined unless `pgBouncer` is set. */
  public readonly pgBouncer?: PgBouncer;
  /** The in-cluster Redis. Undefined unless it is the broker. */
  public readonly redis?: Redis;
  /** The in-cluster RabbitMQ. Undefined unless it is the broker. */
  public readonly rabbitMq?: RabbitMq;
  /**
   * The git-sync that all pods share. Undefined when each pod has a git-sync of its own, when the DAG files do not come from Git, or when
   * they come from several sources.
   */
  public readonly gitSync?: SharedGitSync;
  /** The CronJob that deletes old logs from the claim of `logs`. Undefined when `logs` uses no claim or never deletes logs. */
  public readonly logGroomer?: LogGroomer;
  /** The Job that migrates the metadata database. Undefined when something else migrates it. */
  public readonly migration?: Migration;
  /** The Job that takes the metadata database back to an older version. Undefined unless `jobs.downgrade` is set. */
  public readonly downgrade?: Downgrade;
  /** The Job that creates the Secrets in the cluster. Undefined when all keys and passwords are given. */
  public readonly bootstrapSecrets?: BootstrapSecrets;
  /** The Job that keeps roles and users as `auth` declares them. Undefined when `auth` declares none. */
  public readonly syncUsers?: SyncUsers;
  /** The Job that creates what the auth manager needs elsewhere. Undefined when it needs nothing. */
  public readonly authResources?: AuthResources;
  /** The Job that encrypts everything with a new Fernet key. Undefined unless `secrets` has a previous one. */
  public readonly rotateFernetKey?: RotateFernetKey;
  /** The Job that checks the DAGs before a rollout. Undefined unless `jobs.checkDags` is set. */
  public readonly checkDags?: CheckDags;
  /** The Job that creates and changes the pools. Undefined when `pools` is not set. */
  public readonly pools?: Pools;
  /** Whether the pods use the database user that owns the tables. They don't if the database has another user for the migration. */
  public readonly ownsTables: boolean;
  /** How the metrics of Airflow reach Prometheus, which decides their names and types. */
  public readonly metricsKind: MetricsKind;
  /** The exporter that receives the metrics. Undefined unless `Metrics.statsd()` creates it. */
  public readonly statsdExporter?: StatsdExporter;
  /** The collector that receives the metrics. Undefined unless `Metrics.collector()` creates it. */
  public readonly openTelemetryCollector?: OpenTelemetryCollector;

  /** @internal */
  public readonly _instance: Instance;
  /** @internal */
  public readonly _url?: BaseUrl;
  /** @internal */
  public readonly _names: ObjectNames;
  /** @internal */
  public readonly _common: CommonPodOptions;
  /** @internal */
  public readonly _labels: { readonly [name: string]: string };
  /** @internal */
  public readonly _ipFamily?: IpFamily;
  /** @internal */
  public readonly _generated: GeneratedSecrets;
  /** @internal */
  public readonly _configMaps: ConfigMaps;
  /** @internal */
  public readonly _registry = new Registry(this);
  /** @internal */
  public readonly _dagNames = new DagNames();

  private readonly connections = new Connections(this);
  private readonly auth: AuthConfig;
  private readonly databaseBudget?: SettledDatabase['budget'];
  private readonly accounts?: Accounts;
  private readonly operators = new OperatorNamespaces(this);

  constructor(scope: Construct, id: string, props: AirflowProps = {}) {
    checkMembers('AirflowProps', props, scope, id);
    super(scope, id);
    checkNamespace(this);
    this._names = new ObjectNames(this, props.name);
    ({ version: this.version } = this.image = settleImage(this, props));
    checkComponents(this, props, this.version);
    [this.config, this._url] = [new AirflowConfig(this, this.version), settleUrl(this, props)];
    [this._generated, this._labels] = [new GeneratedSecrets(this._names), instanceLabels(this._names.instance)];
    const disruption = (props.disruption ?? Disruption.onDemand())._bind(this, props.pods ?? {});
    this._common = { ...props.pods, priorityClassName: disruption.controlPlanePriority };
    [this._ipFamily, this.maintenance] = [props.pods?.ipFamily, props.maintenance ?? false];
    this._configMaps = new ConfigMaps(this, this._names, withGiven(this._common.objects?.configMaps, this._labels));
    const executor = (props.executor ?? Executor.kubernetes())._bind(this);
    checkExecutor(this, props, executor, disruption);
    this.auth = (props.auth ?? Auth.fab())._bind(this);
    const [dags, logs] = [(props.dags ?? DagSource.fromImage())._bind(this), (props.logs ?? TaskLogs.ephemeral())._bind(this)];
    const traits = traitsOf(this.version, executor, props);
    const keys = (props.secrets ?? AirflowSecrets.bootstrap())._bind(this);
    const files = createFiles(this, props, {
      celery: traits.celery, keys, auth: this.auth, taskPodModule: () => this.taskPods._moduleFiles(), podLevels: this.operators.levels,
    });
    const { external = {}, jobs = {}, pods: { kerberos } = {} } = props;
    const renewer = kerberos && new KerberosRenewer(this, traits, executor.setting, files.configMaps.scripts, kerberos);
    [this.rbac, this.ownsTables] = [Rbac._of(this, 'rbac', traits, !external.roles), !traits.migratesAsOther];
    const { database, pgBouncer, budget } = settleDatabase(this, props, traits, files.configMaps.scripts);
    const celery = bindCelery(this, executor);
    const { answers: telemetry, kind, statsd, collector } = bindTelemetry(this, props.telemetry);
    [this.metricsKind, this.statsdExporter, this.openTelemetryCollector] = [kind, statsd, collector];
    const { broker = {}, results = {} } = celery;
    // The order decides the order of volumes, mounts and containers in a pod.
    const answers: Answer[] = [
      executor, this.auth, keys, ...telemetry, ...bindOthers(this, props, this.auth, keys), disruption, database, broker, results,
      dags, logs, renewer ?? {}, this.templates(),
    ];
    const bound = { auth: this.auth, disruption, traits, executor, logs, ...files, ...connect(keys, database, celery, this.connections) };
    this._instance = assembleInstance(this, props, answers, bound);
    [this.gitSync, this.postgres, this.pgBouncer, this.databaseBudget] = [dags.gitSync, database.postgres, pgBouncer, budget];
    ({ redis: this.redis, rabbitMq: this.rabbitMq } = celery.broker ?? {});
    const accounts = this.accounts = settleAccounts(this, this.auth.accounts, external);
    configureAirflow(this, props, answers);
    // Flower requests a Secret, so it must exist before the bootstrap Job.
    this.flower = executor.celery?.flower && new Flower(this, 'flower', { ...executor.celery.flower, airflow: this });
    const nothingToMake = Object.keys(this._generated.seal()).length === 0;
    checkJobs(this, props, { makesSecrets: !nothingToMake, accounts, authJob: this.auth.job, keys });
    this.bootstrapSecrets = unless(nothingToMake,
      () => BootstrapSecrets._of(this, 'bootstrap-secrets', { ...jobs.bootstrapSecrets, airflow: this }));
    this.downgrade = jobs.downgrade && Downgrade._of(this, 'downgrade', { ...jobs.downgrade, airflow: this });
    this.migration = unless(external.migration || this.downgrade !== undefined,
      () => Migration._of(this, 'migration', { ...jobs.migration, airflow: this }));
    ({
      syncUsers: this.syncUsers, rotateFernetKey: this.rotateFernetKey, authResources: this.authResources, checkDags: this.checkDags,
      pools: this.pools,
    } = createJobs(this, props, this.auth, accounts, keys));
    this.logGroomer = unless(logs.retention === undefined, () => LogGroomer._of(this, 'log-groomer', { airflow: this }));
    this.taskPods = TaskPods._of(this, 'task-pods', { defaultPod: props.taskPods, airflow: this });
    ({
      apiServer: this.apiServer, executionApi: this.executionApi, webserver: this.webserver, scheduler: this.scheduler,
      dagProcessor: this.dagProcessor, celeryWorkers: this.celeryWorkers, triggerer: this.triggerer,
    } = createComponents(this, props, executor));
    checkFiles(this);
  }

  /**
   * Adds an Airflow connection: the address and credentials of another system. Pods that look up connections get it as an environment
   * variable. It takes precedence over a connection with the same id in the metadata database. The UI does not list it.
   *
   * @param id consists of letters, digits, `_`, `-` and `.`; upper and lower case count as the same
   * @throws when a connection with that id exists, or when the id cannot be part of the name of an environment variable
   */
  public addConnection(id: string, connection: AirflowConnection): void {
    this.connections.add(id, connection);
  }

  /**
   * Adds an Airflow variable, a value that DAGs read by its key. Pods that look up variables get it as an environment variable. It takes
   * precedence over a variable with the same key in the metadata database. The UI does not list it.
   *
   * @throws when a variable with that key exists, when the key cannot be part of the name of an environment variable, or when a literal
   * value contains a secret
   */
  public addVariable(key: string, value: kplus.EnvValue): void {
    this.connections.addVariable(key, value);
  }

  /**
   * Lets tasks start pods with the KubernetesPodOperator, and lets the triggerer watch the pods of deferred tasks.
   *
   * @throws when the namespace is not a valid name, or when it already has another level
   */
  public allowPodOperator(options: OperatorOptions = {}): void {
    checkMembers('OperatorOptions', options, this);
    this.operators.allow('pod-operator', options);
  }

  /**
   * Lets tasks start Jobs with the KubernetesJobOperator, and lets the triggerer watch the Jobs of deferred tasks.
   *
   * @throws when the namespace is not a valid name, or when it already has another level
   */
  public allowJobs(options: OperatorOptions = {}): void {
    checkMembers('OperatorOptions', options, this);
    this.operators.allow('job-operator', options);
  }

  /**
   * Lets tasks start Spark applications with the SparkKubernetesOperator. The Spark operator must run in the cluster.
   *
   * @throws when the namespace is not a valid name
   * @see https://github.com/kubeflow/spark-operator
   */
  public allowSparkApplications(options: SparkApplicationsOptions = {}): void {
    checkMembers('SparkApplicationsOptions', options, this);
    this.operators.allow('spark-operator', options);
  }

  /**
   * Adds a task pod: a kind of pod that tasks choose by its name. DAGs import it with `from airflow_task_pods import <name>`.
   *
   * @param name the Python name that DAGs import; consists of lowercase letters, digits and `_`
   * @throws when the name is taken, when Python cannot import the name, or when Kubernetes would refuse the pod
   */
  public addTaskPod(name: string, options: TaskPodOptions = {}): TaskPod {
    checkMembers('TaskPodOptions', options, this);
    return this.taskPods._add(name, options);
  }

  /**
   * Adds another set of Celery workers, for example for queues that need larger pods.
   *
   * @param name consists of lowercase letters, digits and dashes; must be unique among the sets of this Airflow
   * @throws when the executor does not use Celery
   */
  public addCeleryWorkers(name: string, options: CeleryWorkersOptions = {}): CeleryWorkers {
    checkMembers('CeleryWorkersOptions', options, this);
    checkDnsLabel(this, 'name', name);
    const id = `celery-workers-${name}`;
    this.checkNew(id, `'name' must be that of one set of Celery workers, got '${name}' again; use another one`);
    return new CeleryWorkers(this, id, { ...options, airflow: this });
  }

  /**
   * Adds a Job or CronJob with a command of your own. It waits until the metadata database is migrated.
   *
   * @param name consists of lowercase letters, digits and dashes; must be unique among the Jobs of this Airflow
   * @throws when the name is taken, or when the command is empty
   */
  public addJob(name: string, options: AirflowJobOptions): AirflowJob {
    checkMembers('AirflowJobOptions', options, this);
    checkDnsLabel(this, 'name', name);
    const id = `job-${name}`;
    this.checkNew(id, `'name' must be that of one Job, got '${name}' again; use another one`);
    return new AirflowJob(this, id, { ...options, airflow: this });
  }

  /**
   * Instructions for after the YAML has been applied: how to reach the UI and how to log in.
   */
  public get notes(): string {
    return notesOf(this, this.auth.notes?.(this._url?.text) ?? [], this.accounts?.users ?? [], this.databaseBudget?.());
  }

  /** The ConfigMaps of the configuration, the scripts and the task pods, including their copies in other namespaces. */
  public get configMaps(): ApiObject[] {
    return [...this._configMaps.all];
  }

  /** All long-running components, including those that are added later and those that your own code constructs for this Airflow. */
  public get components(): Component[] {
    return this._registry.members.flatMap(({ scope }) => (scope instanceof Component ? [scope] : []));
  }

  /**
   * The metadata of an object that belongs to this Airflow: the name `<instance>-<part>` and the labels of the instance. There is no
   * name if the Chart has its own `generateObjectName`, because the Chart then names the object.
   *
   * @param scope the construct that contains the object
   * @param part the part of the Airflow, for example the `part` of a workload
   */
  public objectMetadata(scope: IConstruct, kind: string, part: string): ApiObjectMetadata {
    return { ...this._names.metadata({ scope, kind, part }), labels: { ...this._labels } };
  }

  /** Which parts talk to each other, on which port, and for what purpose. Each read returns the current state. */
  public get networkGraph(): NetworkGraph {
    return this._registry.graph();
  }

  /**
   * Everything that runs: the components, the Jobs, the database and broker servers, and the task pods. Each read returns the current
   * state.
   */
  public get workloads(): AirflowWorkload[] {
    return this._registry.workloads;
  }

  private checkNew(id: string, problem: string): void {
    if (this.node.tryFindChild(id) !== undefined) { throw failure(this, problem); }
  }

  /** The pod templates are rendered from the task pods, so a task pod mounts them by itself. */
  private templates(): Answer {
    return { parts: (role, needs) => (needs.podTemplate && role !== Role.TASK ? this.taskPods._templateParts() : {}) };
  }
}
