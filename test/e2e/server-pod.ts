import { apply, createNamespace, kubectl } from './kubectl';

/** A pod of the Airflow image that serves something to the tests, and its Service. */
export interface ServerPod {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  /** The user of the image. */
  readonly user?: number;
  /** What it runs; what the image does unless given. */
  readonly command?: string[];
  readonly env?: { readonly [name: string]: string };
  /** The ports by their names; the first tells when it is there. */
  readonly ports: { readonly [name: string]: number };
  /** Where its emptyDir is mounted. */
  readonly folder: string;
  /** What it asks for. */
  readonly cpu?: string;
  /** A ConfigMap and where it is mounted. */
  readonly files?: { readonly configMap: string; readonly path: string };
  /** A Secret and where it is mounted. */
  readonly secret?: { readonly name: string; readonly path: string };
}

export async function startServer(server: ServerPod, beforeReady?: () => Promise<void>): Promise<void> {
  const { namespace, name } = server;
  await apply([serverPod(server), serviceOf(server)]);
  await beforeReady?.();
  await kubectl(['--namespace', namespace, 'wait', '--for', 'condition=Ready', `pod/${name}`, '--timeout', '15m']);
}

/** Creates the namespace and, by `create` since they may be too large for the annotation of `apply`, the objects. */
export async function createWith(namespace: string, ...objects: object[]): Promise<void> {
  await createNamespace(namespace);
  for (const object of objects) { await kubectl(['create', '--filename', '-'], { input: JSON.stringify(object) }); }
}

function serverPod({ namespace, name, image, user = 50000, command, env = {}, ports, folder, files, secret, cpu = '10m' }: ServerPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: user, fsGroup: user === 50000 ? 0 : user, seccompProfile: { type: 'RuntimeDefault' } },
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{
        name,
        image,
        imagePullPolicy: 'IfNotPresent',
        command,
        // A pod without a request gets next to nothing of a busy node.
        resources: { requests: { cpu } },
        env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
        ports: Object.values(ports).map(containerPort => ({ containerPort })),
        readinessProbe: { tcpSocket: { port: Object.values(ports)[0] }, periodSeconds: 1 },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [
          { name: 'data', mountPath: folder },
          ...files ? [{ name: 'files', mountPath: files.path }] : [],
          ...secret ? [{ name: 'secret', mountPath: secret.path }] : [],
        ],
      }],
      volumes: [
        { name: 'data', emptyDir: {} },
        ...files ? [{ name: 'files', configMap: { name: files.configMap } }] : [],
        ...secret ? [{ name: 'secret', secret: { secretName: secret.name } }] : [],
      ],
    },
  };
}

function serviceOf({ namespace, name, ports }: ServerPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number })) },
  };
}
