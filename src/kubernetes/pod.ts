/** Plain Kubernetes data, as rendered. */
export type Json = { readonly [key: string]: unknown };

/** Removes undefined members. */
export function defined(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
  readonly readOnly?: boolean;
  readonly mountPropagation?: string;
}

export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface Port {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
  readonly hostPort?: number;
  readonly hostIP?: string;
}

/** A container before rendering. Every default is already filled in. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly workingDir?: string;
  readonly env?: EnvVar[];
  readonly envFrom?: Json[];
  readonly mounts?: Mount[];
  readonly ports?: Port[];
  readonly resources: Json;
  readonly readOnlyRootFilesystem?: boolean;
  readonly user?: number;
  readonly livenessProbe?: Json;
  readonly readinessProbe?: Json;
  readonly startupProbe?: Json;
  readonly lifecycle?: Json;
  readonly terminationMessagePolicy?: string;
}

/** A pod before rendering. */
export interface Pod {
  readonly labels: { readonly [name: string]: string };
  readonly annotations?: Json;
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken: boolean;
  readonly imagePullSecrets?: string[];
  /** These run one after the other until each ends, except for sidecars, which keep running. */
  readonly initContainers?: Container[];
  /** Native sidecars, which start in order before `initContainers`. */
  readonly sidecars?: Container[];
  readonly containers: Container[];
  readonly volumes?: Volume[];
  /** Names of the volumes that the claim templates of a StatefulSet add. */
  readonly claims?: string[];
  readonly restartPolicy?: 'OnFailure' | 'Never';
  readonly security: PodSecurity;
  /** All other fields of the pod's spec, in Kubernetes' form. */
  readonly spec?: Json;
}

export interface PodSecurity {
  readonly user?: number;
  readonly group?: number;
  readonly fsGroup?: number;
  readonly supplementalGroups?: number[];
  readonly fsGroupChangePolicy?: string;
  readonly seLinuxOptions?: Json;
  readonly sysctls?: Json[];
}
