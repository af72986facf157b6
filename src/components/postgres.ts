import { ApiObject, Chart, Duration, Names, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Airflow } from '../airflow';
import { plainService } from './web-service';
import { checkPinned, ImageOptions } from '../airflow-image';
import { commonSpec } from '../private/airflow-pod';
import { checkResources } from '../private/check-pod';
import { SecretKey } from '../private/generated-secrets';
import { renderResources, renderSize } from '../private/kube';
import { selectorLabels } from '../private/labels';
import { Json, renderPod } from '../private/pod';

const ROLE = 'postgres';
const PORT = 5432;
const USER = 999;
const DATA = '/var/lib/postgresql/data';
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
};

/**
 * Options of the Postgres in the cluster.
 */
export interface PostgresOptions extends ImageOptions {
  /**
   * The image with tag or digest; it keeps the contract of the official one.
   *
   * @default 'postgres:17'
   * @see https://hub.docker.com/_/postgres
   */
  readonly image?: string;

  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(8)
   */
  readonly storage?: Size;

  /**
   * The storage class of the volume.
   *
   * @default - the cluster's default
   */
  readonly storageClassName?: string;

  /**
   * CPU and memory.
   *
   * @default - requests of 100m CPU and 256Mi memory, a limit of 1Gi memory
   */
  readonly resources?: kplus.ContainerResources;
}

/**
 * Properties of `Postgres`.
 */
export interface PostgresProps extends PostgresOptions {
  /** The Airflow that it serves. */
  readonly airflow: Airflow;
}

/**
 * A Postgres in the cluster, for development: one pod, one volume, no backup.
 */
export class Postgres extends Construct {
  /** The StatefulSet: the way out, for a patch. */
  public readonly workload: ApiObject;
  /** The Service in front of the pod. */
  public readonly service: kplus.Service;
  /** The labels that select the pod. */
  public readonly podLabels: { readonly [name: string]: string };
  /** The database and its user are both called so. */
  public readonly databaseName = 'airflow';
  /** The port of the Service. */
  public readonly port = PORT;

  private readonly password: SecretKey;

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { labels: shared } = props.airflow._instance;
    const labels = { ...shared, 'app.kubernetes.io/component': ROLE };
    this.podLabels = selectorLabels(this, shared, ROLE);
    this.password = props.airflow._generated.request('database', 'password', 'password');
    this.service = plainService(new kplus.Service(this, 'service', {
      metadata: { labels },
      selector: kplus.Pods.select(this, 'pods', { labels: { ...this.podLabels } }),
      clusterIP: 'None',
      ports: [{ name: 'postgres', port: PORT }],
    }));
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { labels, name: Names.toDnsLabel(this, { maxLen: 52 }) },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 3,
        serviceName: this.service.name,
        selector: { matchLabels: this.podLabels },
        template: this.template(props),
        volumeClaimTemplates: [this.claim(props, labels)],
      },
    });
  }

  /** The name of the host inside the cluster. */
  public get host(): string {
    return `${this.service.name}.${Chart.of(this).namespace}.svc`;
  }

  /**
   * @internal
   */
  public get _password(): SecretKey {
    return this.password;
  }

  private claim(props: PostgresProps, labels: { [name: string]: string }): Json {
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', labels },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: renderSize(props.storage ?? Size.gibibytes(8)) } },
        storageClassName: props.storageClassName,
        volumeMode: 'Filesystem',
      },
      // The API server keeps it in a claim template: without it every apply would look like a change.
      status: { phase: 'Pending' },
    };
  }

  private template(props: PostgresProps): Json {
    const image = props.image ?? 'postgres:17';
    checkResources(this, 'resources', props.resources);
    checkPinned('image', image, this);
    const { common } = props.airflow._instance;
    const ready = (timings: Json) => ({
      exec: { command: ['pg_isready', '--quiet', '--host=127.0.0.1', `--username=${this.databaseName}`] }, timeoutSeconds: 5, ...timings,
    });
    return renderPod(this, {
      labels: { ...common.labels, ...this.podLabels },
      annotations: common.annotations,
      automountServiceAccountToken: false,
      imagePullSecrets: props.airflow._instance.image.pullSecrets.map(secret => secret.name),
      security: common.securityContext?.userFromNamespace ? {} : { user: USER, group: USER, fsGroup: USER },
      containers: [{
        name: ROLE,
        image,
        imagePullPolicy: props.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
        ports: [{ name: 'postgres', containerPort: PORT }],
        env: [
          { name: 'POSTGRES_USER', value: this.databaseName },
          { name: 'POSTGRES_DB', value: this.databaseName },
          { name: 'POSTGRES_PASSWORD_FILE', value: `/run/secrets/database/${this.password.key}` },
          { name: 'PGDATA', value: `${DATA}/pgdata` },
        ],
        mounts: [
          { name: 'data', mountPath: DATA },
          { name: 'password', mountPath: '/run/secrets/database', readOnly: true },
          { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
          { name: 'scratch', mountPath: '/var/run/postgresql', subPath: 'run' },
        ],
        resources: renderResources(props.resources ?? RESOURCES),
        startupProbe: ready({ periodSeconds: 1, failureThreshold: 300 }),
        readinessProbe: ready({ periodSeconds: 10, failureThreshold: 3 }),
        livenessProbe: ready({ periodSeconds: 30, failureThreshold: 4 }),
      }],
      claims: ['data'],
      volumes: [
        { name: 'password', secret: { secretName: this.password.secretName, defaultMode: 0o440 } },
        { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
      ],
      spec: {
        // "Fast" shutdown by SIGINT ends sessions; the image's stop signal asks for it.
        terminationGracePeriodSeconds: Duration.minutes(2).toSeconds(),
        ...commonSpec(common),
      },
    });
  }
}
