import { ApiObject, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { IConstruct } from 'constructs';
import { StatefulServerOptions } from './server-options';
import { BindContext } from '../core/bind-context';
import { Endpoint } from '../core/endpoints';
import { labelsFor, selectorLabels, withGiven } from '../core/labels';
import { plainPod } from '../core/plain-pod';
import { checkResources } from '../kubernetes/check-resources';
import { checksum } from '../kubernetes/checksum';
import { claimTemplate } from '../kubernetes/claim';
import { checkPinned } from '../kubernetes/image';
import { Container, Json, Volume } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { renderResources } from '../kubernetes/render';
import { renderPod } from '../kubernetes/render-pod';
import { SecretKey } from '../kubernetes/secret-key';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { plainService } from '../kubernetes/service';
import { checkAnnotations, checkLabels } from '../kubernetes/validate';

/** The inputs of a server, with all defaults filled in. */
export interface ServerRequest extends StatefulServerOptions {
  /** The name of the component and of its container. */
  readonly role: string;
  /** The name for people. */
  readonly label: string;
  readonly image: string;
  readonly resources: kplus.ContainerResources;
  readonly port: number;
  readonly portName: string;
  /** The user and group ID of the image. */
  readonly user: number;
  /** The port on which it serves metrics for Prometheus; undefined if it serves none. */
  readonly metricsPort?: number;
  /** The purpose of the Secret that holds the password. */
  readonly secret: string;
  /** The size of the new volume `data`, as the user gives it. */
  readonly volumeSize?: Size;
  /** The size of the volume `data` if the user gives none; undefined for a server without a volume. */
  readonly defaultVolumeSize?: Size;
  readonly terminationGracePeriod: Duration;
  /** Whether the server stops during maintenance. */
  readonly stops: boolean;
  /** The files of the volume `config`. The pod restarts when they change. */
  readonly config?: { readonly [file: string]: string };
  /** The command, environment and mounts of the container. */
  readonly container: (password: SecretKey) => ServerContainer;
}

/** The parts of the container that differ between the servers. */
export interface ServerContainer extends Pick<
  Container,
  'command' | 'env' | 'mounts' | 'startupProbe' | 'readinessProbe' | 'livenessProbe' | 'lifecycle'
> {
  readonly volumes?: Volume[];
}

/** The servers of an app that have an existing claim, by its namespace and name. */
const taken = new WeakMap<IConstruct, Map<string, string>>();

/**
 * A stateful server for an Airflow: one pod behind a headless Service.
 *
 * @internal
 */
export abstract class StatefulServer extends SelectablePods {
  /** The StatefulSet, for patches. */
  public readonly workload: ApiObject;
  /** The Service in front of the pod. */
  public readonly service: kplus.Service;
  /** The port of the Service. */
  public readonly port: number;

  /**
   * @internal
   */
  public readonly _endpoint: Endpoint;

  /**
   * @internal
   */
  public readonly _password: SecretKey;

  protected constructor(private readonly context: BindContext, id: string, request: ServerRequest) {
    super(context, id, selectorLabels(context._labels, request.role));
    checkPinned('image', request.image, this);
    checkResources(this, 'resources', request.resources);
    checkLabels(this, 'placement.nodeSelector', request.placement?.nodeSelector);
    this.checkVolume(request);
    const { _labels: shared } = context;
    const labels = labelsFor(shared, request.role);
    this.port = request.port;
    this._endpoint = context._registry.endpoint(this, request.label, request.port);
    this._password = request.password ?? context._generated.request(this, request.secret, 'password', 'password');
    this.service = plainService(new kplus.Service(this, 'service', {
      metadata: { ...context._names.metadata({ scope: this, kind: 'Service', part: id }), labels },
      selector: kplus.Pods.select(this, 'pods', { labels: { ...this.podLabels } }),
      clusterIP: 'None',
      ports: [{ name: request.portName, port: request.port }],
    }), context._ipFamily);
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { ...context._names.metadata({ scope: this, kind: 'StatefulSet', part: id }), labels },
      spec: {
        replicas: context.maintenance && request.stops ? 0 : 1,
        // With the default policy, a pod that never becomes Ready (because of a wrong image, for example) stays after the
        // StatefulSet is corrected.
        podManagementPolicy: 'Parallel',
        revisionHistoryLimit: 3,
        serviceName: this.service.name,
        selector: { matchLabels: this.podLabels },
        template: this.template(request, labels),
        ...this.newVolume(request, labels),
      },
    });
    const { role, label, metricsPort } = request;
    context._registry.enlist({
      scope: this,
      role,
      label,
      podLabels: this.podLabels,
      object: this.workload,
      metrics: () => (metricsPort === undefined ? [] : [{ portName: 'metrics', port: metricsPort, path: '/metrics' }]),
    });
  }

  /** The host name inside the cluster. */
  public get host(): string {
    return `${this.service.name}.${Chart.of(this).namespace}.svc`;
  }

  private newVolume(request: ServerRequest, labels: { readonly [name: string]: string }): Json {
    const size = newSize(request);
    if (size === undefined) { return {}; }
    const { storageClassName, volumeAnnotations: annotations, deleteWithSet } = request;
    return {
      persistentVolumeClaimRetentionPolicy: { whenDeleted: deleteWithSet ? 'Delete' : 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [claimTemplate(this, { prop: 'volumeSize', name: 'data', size, storageClassName, annotations, labels })],
    };
  }

  private template(request: ServerRequest, labels: { readonly [name: string]: string }): Json {
    const { volumes = [], ...container } = request.container(this._password);
    const { config, claim } = request;
    return renderPod(this, plainPod(this.context, {
      labels: { ...labels, ...this.podLabels },
      annotations: config && { 'cdk8s-airflow/config-checksum': checksum(config) },
      user: request.user,
      containers: [{
        ...container,
        name: request.role,
        image: request.image,
        imagePullPolicy: request.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
        ports: [
          { name: request.portName, containerPort: request.port },
          ...request.metricsPort === undefined ? [] : [{ name: 'metrics', containerPort: request.metricsPort }],
        ],
        resources: renderResources(request.resources),
      }],
      claims: newSize(request) && ['data'],
      placement: request.placement,
      volumes: [
        ...volumes,
        ...claim === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: claim.name } }],
        ...config === undefined ? [] : [{ name: 'config', configMap: { name: this.configMap(config, labels) } }],
      ],
      spec: { terminationGracePeriodSeconds: request.terminationGracePeriod.toSeconds() },
    }));
  }

  private checkVolume(request: ServerRequest): void {
    const { claim, volumeAnnotations } = request;
    gather(this, problems => {
      for (const prop of ['volumeSize', 'storageClassName', 'volumeAnnotations', 'deleteWithSet'] as const) {
        if (claim !== undefined && request[prop] !== undefined) {
          problems.add(`'${prop}' is for a new volume, but 'claim' is '${claim.name}'; leave one of them out`);
        }
      }
      problems.check(() => checkAnnotations(this, 'volumeAnnotations', volumeAnnotations));
      if (claim !== undefined) { this.takeClaim(problems, claim.name); }
    });
  }

  /** Two servers on one volume would destroy the data of each other. */
  private takeClaim(problems: Problems, name: string): void {
    const { root } = this.node;
    const servers = taken.get(root) ?? new Map<string, string>();
    taken.set(root, servers);
    const key = `${Chart.of(this).namespace}/${name}`;
    const other = servers.get(key);
    if (other !== undefined) {
      problems.add(`'claim' is '${name}', on which '${other}' keeps its data already; give each server a claim of its own`);
    }
    servers.set(key, this.node.path);
  }

  private configMap(data: { readonly [file: string]: string }, labels: { readonly [name: string]: string }): string {
    const name = this.context._names.metadata({ scope: this, kind: 'ConfigMap', part: `${this.node.id}-config` });
    const metadata = { ...name, ...withGiven(this.context._common.objects?.configMaps, labels) };
    return new ApiObject(this, 'config', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }).name;
  }
}

/** The size of the volume that the server gets; undefined if it has none, or an existing one. */
function newSize({ claim, volumeSize, defaultVolumeSize }: ServerRequest): Size | undefined {
  return claim === undefined && defaultVolumeSize !== undefined ? volumeSize ?? defaultVolumeSize : undefined;
}
