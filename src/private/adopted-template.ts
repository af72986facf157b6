import { Construct } from 'constructs';
import { AirflowConfig } from '../airflow-config';
import { AirflowImage } from '../airflow-image';
import { AirflowVersion } from '../airflow-version';
import { canonical } from './checksum';
import { Json } from './pod';
import { failure } from './validate';

interface Item extends Json { readonly name: string }
interface Mount extends Item { readonly mountPath: string }

/** What the library knows of the pod that a file is completed to. */
export interface Completion {
  /** The pod that the library would have made. */
  readonly rendered: Json;
  readonly image: AirflowImage;
  readonly config: AirflowConfig;
}

/** A team's own pod template, completed with what Airflow needs and this library promises; throws where the two contradict each other. */
export function completeTemplate(scope: Construct, file: string, adopted: Json, completion: Completion): Json {
  return new Adoption(scope, file, completion).complete(adopted);
}

class Adoption {
  constructor(private readonly scope: Construct, private readonly file: string, private readonly completion: Completion) {}

  public complete(adopted: Json): Json {
    const own = canonical(this.completion.rendered) as { metadata: Json; spec: Json };
    const [metadata, spec] = [fields(adopted.metadata), fields(adopted.spec)];
    const volumes = items(spec.volumes);
    const container = this.baseContainer(items(spec.containers));
    const [ownContainer] = own.spec.containers as Item[];
    const placeholders = this.placeholders(ownContainer, container, volumes);
    const kept = volumes.filter(volume => !placeholders.some(({ name }) => name === volume.name));
    for (const { name } of kept) {
      if (items(own.spec.volumes).some(volume => volume.name === name)) { throw this.failure(`has a volume '${name}', which is the name of one of the library; rename it`); }
    }
    const initContainers = [...items(own.spec.initContainers), ...items(spec.initContainers).map(item => this.harden(item))];
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...own.metadata,
        labels: { ...fields(metadata.labels), ...fields(own.metadata.labels) },
        annotations: { ...fields(own.metadata.annotations), ...fields(metadata.annotations) },
      },
      spec: {
        ...own.spec,
        ...given(spec),
        securityContext: { ...fields(own.spec.securityContext), ...given(fields(spec.securityContext)) },
        imagePullSecrets: nonEmpty([...items(own.spec.imagePullSecrets), ...items(spec.imagePullSecrets)]),
        initContainers: nonEmpty(initContainers),
        containers: [
          this.completeContainer(ownContainer, container, placeholders),
          ...items(spec.containers).slice(1).map(item => this.harden(item)),
        ],
        volumes: [...items(own.spec.volumes), ...kept],
      },
    };
  }

  private baseContainer(containers: Item[]): Item {
    const [first] = containers;
    if (first?.name !== 'base') {
      throw this.failure(`must have 'base' as its first container, which runs the task, got ${containers.map(({ name }) => `'${name}'`).join(', ') || 'none'}`);
    }
    for (const field of ['args', 'command']) {
      if (first[field] !== undefined) { throw this.failure(`has '${field}' in container 'base', which Airflow decides; leave it out`); }
    }
    return first;
  }

  /** Mounts of empty volumes at the places that the library fills. */
  private placeholders(own: Item, container: Item, volumes: Item[]): Mount[] {
    const taken = items(own.volumeMounts) as Mount[];
    return (items(container.volumeMounts) as Mount[]).filter(mount => {
      if (!taken.some(({ mountPath }) => mountPath === mount.mountPath.replace(/\/$/, '')) && !this.isDags(mount)) { return false; }
      const volume = volumes.find(({ name }) => name === mount.name);
      if (volume?.emptyDir === undefined) {
        throw this.failure(`mounts '${mount.name}' at '${mount.mountPath}', where the library mounts something itself; leave it out, and say by 'dags' or 'logs' what belongs there`);
      }
      return true;
    });
  }

  /** An empty volume over the DAGs of the image would hide them. */
  private isDags({ mountPath }: Mount): boolean {
    return mountPath.replace(/\/$/, '') === `${this.completion.image.airflowHome}/dags`;
  }

  private completeContainer(own: Item, container: Item, placeholders: Mount[]): Json {
    this.checkImage(container.image);
    const mounts = (items(container.volumeMounts) as Mount[]).filter(mount => !placeholders.includes(mount));
    return {
      ...own,
      ...given(container),
      env: [...items(own.env), ...this.ownVariables(own, container)],
      envFrom: nonEmpty([...items(own.envFrom), ...items(container.envFrom)]),
      volumeMounts: [...items(own.volumeMounts), ...mounts],
      securityContext: { ...fields(own.securityContext), ...given(fields(container.securityContext)) },
    };
  }

  private checkImage(image: unknown): void {
    const release = /:v?([23]\.\d+\.\d+)(?![\d.])/.exec(`${image as string}`)?.[1];
    const series = release && AirflowVersion._parse(release)?.series;
    const { version } = this.completion.image;
    if (release !== undefined && series !== version.series) {
      throw this.failure(`has the image '${image as string}', but the version is ${version.release}; a task must have the version of the scheduler`);
    }
  }

  /** Variables of the file that the library does not set; what both set must be the same. */
  private ownVariables(own: Item, container: Item): Item[] {
    return items(container.env).filter(variable => {
      const other = items(own.env).find(({ name }) => name === variable.name);
      if (other !== undefined) {
        if (JSON.stringify(canonical(other)) === JSON.stringify(canonical(variable))) { return false; }
        throw this.failure(`sets '${variable.name}', which the library sets itself; leave it out`);
      }
      const [, section, option] = /^AIRFLOW__(.+?)__(.+)$/.exec(variable.name) ?? [];
      if (section !== undefined && variable.value !== undefined
        && this.completion.config.get(section.toLowerCase(), option.toLowerCase()) === variable.value) { return false; }
      this.completion.config._checkVariable(this.scope, 'task.template', variable.name);
      return true;
    });
  }

  /** What the Pod Security level restricted demands of every container. */
  private harden(container: Item): Item {
    const { allowPrivilegeEscalation, capabilities } = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
    return { ...container, securityContext: { allowPrivilegeEscalation, capabilities, ...given(fields(container.securityContext)) } };
  }

  private failure(message: string): Error {
    return failure(this.scope, `'task.template' ${this.file} ${message}`);
  }
}

function fields(value: unknown): Json {
  return value as Json | undefined ?? {};
}

function items(value: unknown): Item[] {
  return value as Item[] | undefined ?? [];
}

function given(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined && value !== null));
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}
