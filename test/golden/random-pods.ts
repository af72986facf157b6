import type { MergeCase } from './merges';
import { Json } from '../../src/kubernetes/pod';

const SEED = 20261121;
const MODULUS = 2147483647;

/** Pairs of small pods, the same ones at every call. */
export function randomMerges(count: number): { [name: string]: MergeCase } {
  const random = new Random(SEED);
  return Object.fromEntries(Array.from({ length: count }, (_, index): [string, MergeCase] => (
    [`random ${index}`, { by: index % 2 === 0 ? 'mergePods' : 'executorPod', base: random.pod(), override: random.pod() }])));
}

/** Pods with some of the fields that are merged in their own way, and often with values that do not count. */
class Random {
  constructor(private state: number) {}

  public pod(): Json {
    return this.some({
      metadata: () => this.some({
        name: () => this.text(),
        namespace: () => this.text(),
        labels: () => this.texts(),
        annotations: () => this.texts(),
        finalizers: () => this.list(() => this.text()),
      }),
    }, {
      spec: this.some({
        hostname: () => this.text(),
        priority: () => this.below(3),
        terminationGracePeriodSeconds: () => this.below(3),
        automountServiceAccountToken: () => this.flag(),
        hostNetwork: () => this.flag(),
        nodeSelector: () => this.texts(),
        tolerations: () => this.list(() => this.some({ key: () => this.text(), tolerationSeconds: () => this.below(2) })),
        imagePullSecrets: () => this.list(() => ({ name: this.text() })),
        securityContext: () => this.some({ runAsUser: () => this.below(3), runAsNonRoot: () => this.flag() }),
        affinity: () => this.some({ nodeAffinity: () => ({}), podAffinity: () => ({}) }),
        volumes: () => this.list(() => ({ name: this.text(), emptyDir: {} })),
        initContainers: () => this.list(() => this.container(this.text())),
      }, { containers: this.list(() => this.container(this.text())) }),
    });
  }

  private container(name: string): Json {
    return this.some({
      image: () => this.text(),
      workingDir: () => this.text(),
      stdin: () => this.flag(),
      command: () => this.list(() => this.text()),
      env: () => this.list(() => ({ name: this.text(), value: this.text() })),
      envFrom: () => this.list(() => ({ prefix: this.text() })),
      ports: () => this.list(() => ({ containerPort: this.below(3) + 1 })),
      volumeMounts: () => this.list(() => ({ name: this.text(), mountPath: this.text() })),
      resources: () => this.some({ requests: () => this.texts(), limits: () => this.texts() }),
      securityContext: () => this.some({ privileged: () => this.flag() }),
    }, { name });
  }

  /** Those of the fields that come up, about two of seven. */
  private some(fields: { readonly [field: string]: () => unknown }, always: Json = {}): Json {
    return { ...always, ...Object.fromEntries(Object.entries(fields).filter(() => this.below(7) < 2).map(([field, value]) => [field, value()])) };
  }

  private list<T>(item: () => T): T[] {
    return Array.from({ length: this.below(3) }, item);
  }

  private texts(): Json {
    return Object.fromEntries(this.list(() => [this.pick(['a', 'b', 'c']), this.text()]));
  }

  private text(): string {
    return this.pick(['', 'x', 'y', 'z']);
  }

  private flag(): boolean {
    return this.below(2) === 1;
  }

  private pick<T>(items: T[]): T {
    return items[this.below(items.length)];
  }

  /** A whole number below a limit, by the generator of Park and Miller. */
  private below(limit: number): number {
    this.state = this.state * 48271 % MODULUS;
    return Math.floor(this.state / MODULUS * limit);
  }
}
