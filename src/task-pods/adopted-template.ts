import { Construct } from 'constructs';
import { officialTag, releaseOf } from '../core/official-image';
import { checkVariable } from '../core/secret-names';
import { checkAirflowVariable } from '../instance/check-pod-props';
import { Instance } from '../instance/instance';
import { canonical, text } from '../kubernetes/checksum';
import { checkPinned } from '../kubernetes/image';
import { EnvVar, Json, Mount } from '../kubernetes/pod';
import { Problems } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';

interface Item extends Json { readonly name: string }
interface Container extends Item { readonly image?: string; readonly env?: EnvVar[]; readonly volumeMounts?: Mount[] }

/** The fields of a pod's spec that the library reads. */
interface Spec extends Json {
  readonly containers?: Container[];
  readonly initContainers?: Container[];
  readonly volumes?: Item[];
}

/** The pod and the instance that complete a template. */
export interface Completion {
  /** The pod that the library would render without the template. */
  readonly rendered: Json;
  readonly instance: Instance;
}

/**
 * Completes a team's own pod template with everything that Airflow and this library need. Contradictions between the two
 * become problems.
 */
export function completeTemplate(scope: Construct, problems: Problems, file: string, adopted: Json, completion: Completion): Json {
  return new Adoption(scope, problems, file, completion).complete(adopted);
}

class Adoption {
  private readonly own: { readonly metadata: Json; readonly spec: Spec };
  private readonly ownBase: Container;

  constructor(
    private readonly scope: Construct,
    private readonly problems: Problems,
    private readonly file: string,
    private readonly completion: Completion,
  ) {
    this.own = canonical(completion.rendered) as Adoption['own'];
    [this.ownBase] = this.own.spec.containers!;
  }

  public complete(adopted: Json): Json {
    const { own } = this;
    const metadata = fields(adopted.metadata);
    const spec = fields(adopted.spec) as Spec;
    const [base, ...sidecars] = spec.containers ?? [];
    if (base?.name !== 'base') {
      const names = (spec.containers ?? []).map(({ name }) => `'${name}'`).join(', ');
      throw failure(
        this.scope,
        `'template' ${this.file} must have 'base' as its first container, which runs the task, got ${names || 'none'}`,
      );
    }
    this.checkOthers('initContainers', spec.initContainers);
    this.checkOthers('containers', sidecars);
    this.checkUser(fields(base.securityContext).runAsUser ?? fields(spec.securityContext).runAsUser);
    const volumes = this.withoutPlaceholders(base, [...spec.initContainers ?? [], ...sidecars], spec.volumes ?? []);
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        ...own.metadata,
        labels: this.labels(fields(metadata.labels)),
        annotations: { ...fields(own.metadata.annotations), ...fields(metadata.annotations) },
      },
      spec: {
        ...own.spec,
        ...spec,
        securityContext: { ...fields(own.spec.securityContext), ...fields(spec.securityContext) },
        imagePullSecrets: union(own.spec.imagePullSecrets, spec.imagePullSecrets),
        initContainers: union(own.spec.initContainers, spec.initContainers?.map(harden)),
        containers: [this.completeBase(base), ...sidecars.map(harden)],
        volumes: [...own.spec.volumes!, ...volumes],
      },
    };
  }

  private completeBase(base: Container): Json {
    const own = this.ownBase;
    if (base.args !== undefined) { this.wrong("has 'args' in container 'base', where Airflow puts those of the task; leave them out"); }
    this.checkImage(base.image);
    return {
      ...own,
      ...base,
      env: [...items(own.env), ...this.variables(base.env)],
      envFrom: union(own.envFrom, base.envFrom),
      volumeMounts: [...own.volumeMounts!, ...(base.volumeMounts ?? []).filter(mount => !this.isTaken(mount))],
      resources: this.resources(fields(base.resources)),
      securityContext: secured(fields(own.securityContext), base),
    };
  }

  /** Checks containers that do not run Airflow. */
  private checkOthers(field: string, containers: Container[] = []): void {
    for (const { image = '', env = [] } of containers) {
      this.problems.check(() => checkPinned(`spec.${field}.image`, image, this.scope));
      for (const { name, value } of env) { this.problems.check(() => checkVariable(this.scope, 'template', name, value)); }
    }
  }

  /** Only the image's own user has a name. The library adds what any other user needs, so it must know the user. */
  private checkUser(user: unknown): void {
    const { runAsUser } = fields(this.own.spec.securityContext);
    if (user && user !== runAsUser) {
      this.wrong(
        `runs as the user ${user as number}, but the pod is made for ${
          runAsUser === undefined
            ? 'that of the namespace; leave it out'
            : `${runAsUser as number}; say it by 'securityContext.user' as well`
        }`,
      );
    }
  }

  private checkImage(image: string | undefined): void {
    if (image === undefined) { return; }
    this.problems.check(() => checkPinned('spec.containers.image', image, this.scope));
    const release = releaseOf(officialTag(image) ?? '');
    const { version } = this.completion.instance.image;
    if (release !== undefined && !version._admitsRelease(release)) {
      this.wrong(`has the image '${image}', but the version is ${version.release}; a task must have the version of the scheduler`);
    }
  }

  private labels(labels: Json): Json {
    const own = fields(this.own.metadata.labels);
    for (const [name, value] of Object.entries(labels)) {
      if (own[name] !== undefined && own[name] !== value) {
        this.wrong(
          `has '${value as string}' as the label '${name}', which the library or the app sets to '${own[name] as string}'; leave it out`,
        );
      }
    }
    return { ...labels, ...own };
  }

  /** Whether the library mounts something at this path, or the image's DAGs are there, which an empty volume would hide. */
  private isTaken({ mountPath }: Mount): boolean {
    const place = mountPath.replace(/\/+$/, '');
    const { config, image } = this.completion.instance;
    return this.filling(place) !== undefined || place === config.get('core', 'dags_folder')
      || ['airflow.cfg', 'webserver_config.py'].some(file => place === `${image.airflowHome}/${file}`);
  }

  private filling(mountPath: string): Mount | undefined {
    return this.ownBase.volumeMounts!.find(mount => mount.mountPath === mountPath.replace(/\/+$/, ''));
  }

  /** Removes the empty volumes at paths that the library fills. */
  private withoutPlaceholders(base: Container, others: Container[], volumes: Item[]): Item[] {
    const placeholders = base.volumeMounts?.filter(mount => this.isTaken(mount)) ?? [];
    for (const { name, mountPath } of placeholders) {
      const volume = volumes.find(other => other.name === name);
      // Kubernetes treats a volume without a type as an emptyDir.
      if (volume === undefined || !Object.keys(volume).every(field => ['name', 'emptyDir'].includes(field))) {
        this.wrong(`mounts '${name}' at '${mountPath}', which the library fills itself; `
          + "leave it out, and say by 'dags', 'logs' or 'config' what belongs there");
      }
    }
    const kept = new Set<string>();
    for (const { name, volumeMounts } of [base, ...others]) {
      for (const shared of placeholders.filter(mount =>
        volumeMounts?.some(other => other.name === mount.name && !placeholders.includes(other)),
      )) {
        this.wrong(`has the volume '${shared.name}' in container '${name}' as well, ${this.instead(shared)}`);
        kept.add(shared.name);
      }
    }
    const own = volumes.filter(({ name }) => kept.has(name) || !placeholders.some(mount => mount.name === name));
    const taken = own.filter(({ name }) => this.own.spec.volumes!.some(volume => volume.name === name));
    for (const { name } of taken.filter(volume => !kept.has(volume.name))) {
      this.wrong(`has a volume '${name}', which is the name of one of the library; rename it`);
    }
    return own.filter(volume => !taken.includes(volume));
  }

  private instead({ name, mountPath }: Mount): string {
    const filling = this.filling(mountPath);
    return filling === undefined ? `but the DAGs at '${mountPath}' are those of the image; say by 'dags' where they come from`
      : `but at '${mountPath}' of 'base' the library mounts its own volume `
        + `'${filling.name}'${filling.subPath === undefined ? '' : ` (subPath '${filling.subPath}')`}; `
        + `leave '${name}' out, and mount that`;
  }

  /** The resources of the file, with GPUs and other extended resources added. */
  private resources(resources: Json): Json {
    const own = fields(this.ownBase.resources);
    if (Object.keys(resources).length === 0) { return own; }
    const limits = fields(resources.limits);
    const devices = Object.entries(fields(own.limits)).filter(([name]) => name.includes('/') || name.startsWith('hugepages-'));
    for (const [name, count] of devices) {
      if (limits[name] !== undefined && `${limits[name] as string}` !== count) {
        this.wrong(`has ${limits[name] as string} of '${name}' in container 'base', `
          + `but 'gpus' or 'extendedResources' says ${count as string}; make them the same`);
      }
    }
    return devices.length === 0 ? resources : { ...resources, limits: { ...limits, ...Object.fromEntries(devices) } };
  }

  /** The variables of the file that the library does not set. A variable in both must be equal. */
  private variables(variables: EnvVar[] = []): EnvVar[] {
    return variables.filter(variable => {
      const other = items(this.ownBase.env).find(({ name }) => name === variable.name);
      if (other !== undefined) {
        if (text(other) === text(variable)) { return false; }
        this.wrong(`sets '${variable.name}', which the library or 'env' sets to something else; leave it out`);
        return false;
      }
      const { config } = this.completion.instance;
      const option = config._optionOf(variable.name);
      if (option !== undefined && variable.value !== undefined && config.get(...option) === variable.value) { return false; }
      this.problems.check(() => checkAirflowVariable(this.scope, 'template', this.completion.instance, variable.name, variable.value));
      return true;
    });
  }

  private wrong(message: string): void {
    this.problems.add(`'template' ${this.file} ${message}`);
  }
}

/** Adds the container settings that the Pod Security level `restricted` demands. */
function harden(container: Container): Container {
  return { ...container, securityContext: secured({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }, container) };
}

function secured(own: Json, container: Container): Json {
  const given = fields(container.securityContext);
  return { ...own, ...given, capabilities: { ...fields(own.capabilities), ...fields(given.capabilities) } };
}

function fields(value: unknown): Json {
  return value as Json | undefined ?? {};
}

function items(value: unknown): Item[] {
  return value as Item[] | undefined ?? [];
}

/** Merges two lists and removes duplicates; undefined for an empty result. */
function union(one: unknown, other: unknown): Item[] | undefined {
  const all = new Map([...items(one), ...items(other)].map(item => [text(item), item]));
  return all.size === 0 ? undefined : [...all.values()];
}
