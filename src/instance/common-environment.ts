import { CommonPodOptions } from '../core/common-pod-options';
import { EnvVar, Json, Mount, Volume } from '../kubernetes/pod';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { renderEnv, renderEnvFrom, renderMounts, renderVolumes } from '../kubernetes/render';

/** The variables, mounts and volumes of a main container, from the options of all pods and from its own options. */
export interface Environment {
  readonly env: EnvVar[];
  readonly envFrom: Json[];
  readonly mounts: Mount[];
  readonly volumes: Volume[];
}

type Options = Pick<AirflowPodOptions, 'env' | 'envFrom' | 'volumeMounts'>;

/**
 * @param makes the Secrets that the pod itself creates; shared variables and mounts that refer to them are left out, because the pod
 * would never start with them
 */
export function environmentOf(common: CommonPodOptions, own: Options = {}, makes: string[] = []): Environment {
  const { env, envFrom, volumeMounts = [] } = makes.length === 0 ? common : without(common, makes);
  const mounts = [...volumeMounts, ...own.volumeMounts ?? []];
  return {
    env: renderEnv({ ...env, ...own.env }),
    envFrom: [...renderEnvFrom(envFrom), ...renderEnvFrom(own.envFrom)],
    mounts: renderMounts(mounts),
    volumes: renderVolumes(mounts),
  };
}

function without({ env = {}, envFrom, volumeMounts }: Options, secrets: string[]): Options {
  const refers = (reference: unknown) => secrets.includes((reference as { name?: string } | undefined)?.name ?? '');
  return {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => !refers(value.valueFrom?.secretKeyRef))),
    envFrom: envFrom?.filter(source => !refers(renderEnvFrom([source])[0].secretRef)),
    volumeMounts: volumeMounts?.filter(mount => {
      const { secret } = renderVolumes([mount])[0] as { secret?: { secretName?: string } };
      return !refers(secret && { name: secret.secretName });
    }),
  };
}
