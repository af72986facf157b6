import { apply, createNamespace, kubectl } from './kubectl';

const REPOSITORY = '/srv/dags';
// The official Airflow image has git with its daemon; that of git-sync has it taken out.
const IMAGE = process.env.E2E_GIT_IMAGE ?? 'apache/airflow:3.3.2';

/** A pod that serves a git repository, which the test fills. */
export class GitServer {
  constructor(private readonly namespace: string) {}

  public get url(): string {
    return `git://git.${this.namespace}.svc/dags`;
  }

  public async start(): Promise<void> {
    await createNamespace(this.namespace);
    await apply([this.pod(), this.service()]);
    await kubectl(['--namespace', this.namespace, 'wait', '--for', 'condition=Ready', 'pod/git', '--timeout', '5m']);
    await this.shell(`git init --quiet --initial-branch main ${REPOSITORY}`);
  }

  public async commit(path: string, text: string): Promise<void> {
    await this.shell([
      `cd ${REPOSITORY}`,
      `mkdir -p "$(dirname ${path})"`,
      `cat > ${path}`,
      `git add ${path}`,
      `git -c user.name=e2e -c user.email=e2e@example.com commit --quiet --message ${path}`,
    ].join(' && '), text);
  }

  private async shell(script: string, input?: string): Promise<void> {
    await kubectl(['--namespace', this.namespace, 'exec', '--stdin', 'git', '--', 'bash', '-c', script], { input });
  }

  private pod(): object {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'git', namespace: this.namespace, labels: { app: 'git' } },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 50000, fsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } },
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        containers: [{
          name: 'git',
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['git', 'daemon', '--export-all', '--reuseaddr', '--base-path=/srv', '/srv'],
          ports: [{ containerPort: 9418 }],
          readinessProbe: { tcpSocket: { port: 9418 }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'srv', mountPath: '/srv' }],
        }],
        volumes: [{ name: 'srv', emptyDir: {} }],
      },
    };
  }

  private service(): object {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'git', namespace: this.namespace },
      spec: { selector: { app: 'git' }, ports: [{ port: 9418 }] },
    };
  }
}
