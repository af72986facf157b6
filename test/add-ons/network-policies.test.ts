import { App, Chart } from 'cdk8s';
import {
  AirflowChart, AirflowChartProps, AirflowNetworkPolicies, AirflowNetworkPoliciesProps, AirflowVersion, Broker, Database, Executor, Exposure,
  NetworkPeer, SecretKey, Triggerer, WorkloadIdentity,
} from '../../src';
import { everywhere, PolicyPeer } from '../../src/add-ons/network-peer';
import { airflowChart, find, findAll, Manifest, synth, Texts } from '../util';

interface Rule {
  readonly from?: PolicyPeer[];
  readonly to?: PolicyPeer[];
  readonly ports?: { readonly port: number; readonly protocol: string }[];
}

interface PolicySpec {
  readonly podSelector: { readonly matchLabels: Texts };
  readonly policyTypes: string[];
  readonly ingress?: Rule[];
  readonly egress?: Rule[];
}

type Options = Omit<AirflowNetworkPoliciesProps, 'airflow'>;

const EXTERNAL: AirflowChartProps = { database: Database.fromSecret(SecretKey.of('database', 'connection')) };
const DATABASE = NetworkPeer.cidr('10.0.3.0/24', { ports: [5432] });
const CELERY: AirflowChartProps = { executor: Executor.celery({ broker: Broker.redis(), flower: {} }) };

function policies(props: AirflowChartProps = {}, options: Options = {}): { chart: AirflowChart; policies: AirflowNetworkPolicies } {
  const chart = airflowChart(props);
  return { chart, policies: new AirflowNetworkPolicies(chart, 'policies', { ...options, airflow: chart.airflow }) };
}

function specOf(manifest: Manifest[], name: string, namespace = 'airflow'): PolicySpec {
  const named = findAll(manifest, 'NetworkPolicy').filter(({ metadata }) => metadata.name === `test-airflow-${name}` && metadata.namespace === namespace);
  expect(named).toHaveLength(1);
  return named[0].spec as unknown as PolicySpec;
}

const policy = (name: string, props?: AirflowChartProps, options?: Options) => specOf(synth(policies(props, options).chart), name);
const pods = (component: string, more: Texts = {}, namespace = 'airflow') => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/component': component, ...more } },
});
const tcp = (...ports: number[]) => ports.map(port => ({ port, protocol: 'TCP' }));
const to = (peer: PolicyPeer, ...ports: number[]) => ({ to: [peer], ports: tcp(...ports) });
const from = (peer: PolicyPeer, ...ports: number[]) => ({ from: [peer], ports: tcp(...ports) });
const DNS = {
  to: [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ],
  ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }],
};

describe('every pod', () => {
  test('is denied by default, and admitted by the policy of its workload', () => {
    const manifest = synth(policies(CELERY).chart);
    expect(findAll(manifest, 'NetworkPolicy').map(({ metadata }) => metadata.name)).toEqual([
      'default-deny', 'postgres', 'redis', 'flower', 'bootstrap-secrets', 'migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'celery-worker',
      'triggerer',
    ].map(part => `test-airflow-${part}`));
    expect(specOf(manifest, 'default-deny')).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow' } }, policyTypes: ['Ingress', 'Egress'],
    });
  });

  test('may ask the DNS servers of the cluster, or those that are given', () => {
    for (const { egress } of synth(policies().chart).filter(({ kind }) => kind === 'NetworkPolicy').slice(1).map(({ spec }) => spec as unknown as PolicySpec)) {
      expect(egress).toContainEqual(DNS);
    }
    const openShift = NetworkPeer.namespace('openshift-dns', { ports: [5353] });
    const { egress } = policy('postgres', {}, { dns: [openShift] });
    expect(egress).toEqual([{
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } } }],
      ports: [{ port: 5353, protocol: 'UDP' }, { port: 5353, protocol: 'TCP' }],
    }]);
  });

  test('has the labels of the instance, and the names that the Chart gives where it has its own', () => {
    class Named extends AirflowChart {
      public generateObjectName(): string {
        return `own-${this.node.findAll().length}`;
      }

    }
    const chart = new Named(new App(), 'test');
    new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow });
    const names = findAll(synth(chart), 'NetworkPolicy').map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter(name => !name.startsWith('own-'))).toEqual([]);
    expect(find(synth(policies().chart), 'NetworkPolicy', 'scheduler').metadata.labels).toEqual({
      'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/managed-by': 'cdk8s-airflow',
    });
  });
});

describe('the rules follow the network graph', () => {
  test('the scheduler of the KubernetesExecutor reaches the database and the Kubernetes API, and nothing reaches it', () => {
    expect(policy('scheduler')).toEqual({
      podSelector: pods('scheduler').podSelector,
      policyTypes: ['Ingress', 'Egress'],
      egress: [to(pods('postgres'), 5432), { to: everywhere(), ports: tcp(443, 6443) }, DNS],
    });
  });

  test('there is no empty list, which Kubernetes would take for a change at each apply', () => {
    const { ingress, egress, policyTypes } = policy('scheduler', {}, { dns: [] });
    expect([ingress, egress?.length, policyTypes]).toEqual([undefined, 2, ['Ingress', 'Egress']]);
    expect(policy('postgres', {}, { dns: [] }).egress).toBeUndefined();
  });

  test('the port is the one of the pod, not of the Service', () => {
    const { ingress } = policy('api-server', { apiServer: { service: { port: 80 } } });
    expect(ingress).toEqual([from(pods('task'), 8080)]);
  });

  test('Postgres accepts the roles that have the database, and no task of Airflow 3', () => {
    expect(policy('postgres').ingress).toEqual(
      ['migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'triggerer'].map(role => from(pods(role), 5432)));
    const two = policy('postgres', { version: AirflowVersion.V2_11 }).ingress;
    expect(two).toContainEqual(from(pods('task'), 5432));
  });

  test('task pods of another namespace have their policies there, also if they are added later', () => {
    const { chart } = policies();
    chart.airflow.addTaskPod('far', { namespace: 'jobs' });
    const manifest = synth(chart);
    expect(specOf(manifest, 'default-deny', 'jobs').policyTypes).toEqual(['Ingress', 'Egress']);
    expect(specOf(manifest, 'task', 'jobs').egress).toEqual(specOf(manifest, 'task').egress);
    expect(specOf(manifest, 'api-server').ingress).toEqual([{ from: [pods('task'), pods('task', {}, 'jobs')], ports: tcp(8080) }]);
  });

  test('a workload that is added later has a policy', () => {
    const { chart } = policies(CELERY);
    chart.airflow.addCeleryWorkers('heavy', { queues: ['heavy'] });
    chart.airflow.addJob('import', { command: ['true'] });
    new Triggerer(chart, 'more-triggerers', { airflow: chart.airflow });
    const manifest = synth(chart);
    expect(specOf(manifest, 'celery-worker-heavy').podSelector).toEqual(pods('worker', { 'cdk8s-airflow/worker-set': 'heavy' }).podSelector);
    expect(specOf(manifest, 'job-import').egress).toContainEqual(to(pods('postgres'), 5432));
    expect(specOf(manifest, 'more-triggerers').ingress).toEqual([from(pods('api-server'), 8794)]);
    expect(synth(chart)).toEqual(manifest);
  });

  test('two instances do not reach each other', () => {
    const app = new App();
    const [one, two] = ['one', 'two'].map(id => new AirflowChart(app, id, { namespace: 'airflow' }));
    for (const { airflow } of [one, two]) { new AirflowNetworkPolicies(airflow, 'policies', { airflow }); }
    const selectors = JSON.stringify(synth(one).filter(({ kind }) => kind === 'NetworkPolicy'));
    expect(selectors).toContain('"app.kubernetes.io/instance":"one-airflow"');
    expect(selectors).not.toContain('two-airflow');
  });
});

describe('servers and clients outside', () => {
  test('clients are nobody, unless the program names them', () => {
    expect(policy('flower', CELERY).ingress).toBeUndefined();
    const users = [NetworkPeer.namespace('projectcontour', { podLabels: { app: 'envoy' } }), NetworkPeer.cidr('10.9.0.0/16')];
    expect(policy('flower', CELERY, { peers: { users } }).ingress).toEqual([
      from({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'projectcontour' } }, podSelector: { matchLabels: { app: 'envoy' } } }, 5555),
      from({ ipBlock: { cidr: '10.9.0.0/16' } }, 5555),
    ]);
  });

  test('a server at an address, at a port that the graph does not know', () => {
    expect(policy('scheduler', EXTERNAL, { peers: { database: [DATABASE] } }).egress).toContainEqual(to({ ipBlock: { cidr: '10.0.3.0/24' } }, 5432));
  });

  test('the Kubernetes API at its own address', () => {
    const { egress } = policy('scheduler', {}, { peers: { kubernetes: [NetworkPeer.cidr('10.99.255.1/32', { ports: [6443] })] } });
    expect(egress).toContainEqual(to({ ipBlock: { cidr: '10.99.255.1/32' } }, 6443));
    expect(JSON.stringify(egress)).not.toContain('0.0.0.0/0');
  });

  test('a host is for Cilium, which reads the answers of the DNS server', () => {
    const manifest = synth(policies(EXTERNAL, { peers: { database: [NetworkPeer.host('db.example.com', { ports: [5432, 6432] })] } }).chart);
    expect(specOf(manifest, 'migration').egress).toEqual([DNS]);
    const { apiVersion, spec } = find(manifest, 'CiliumNetworkPolicy', 'migration');
    expect(apiVersion).toBe('cilium.io/v2');
    expect(spec).toEqual({
      endpointSelector: pods('migration').podSelector,
      egress: [
        {
          toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s:k8s-app': 'kube-dns' } }],
          toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        { toFQDNs: [{ matchName: 'db.example.com' }], toPorts: [{ ports: [{ port: '5432', protocol: 'TCP' }, { port: '6432', protocol: 'TCP' }] }] },
      ],
    });
    expect(findAll(manifest, 'CiliumNetworkPolicy').map(({ metadata }) => metadata.name)).not.toContain('test-airflow-task');
  });

  test('an entity is for Cilium, whose ranges of addresses contain no node', () => {
    const peers = { kubernetes: [NetworkPeer.ciliumEntity('kube-apiserver')], users: [NetworkPeer.ciliumEntity('ingress')] };
    const manifest = synth(policies({}, { peers }).chart);
    const cilium = (part: string) => find(manifest, 'CiliumNetworkPolicy', part).spec;
    const ports = (...numbers: string[]) => [{ ports: numbers.map(port => ({ port, protocol: 'TCP' })) }];
    expect(cilium('scheduler')).toEqual({
      endpointSelector: pods('scheduler').podSelector, egress: [{ toEntities: ['kube-apiserver'], toPorts: ports('443', '6443') }],
    });
    expect(cilium('api-server')).toMatchObject({ ingress: [{ fromEntities: ['ingress'], toPorts: ports('8080') }] });
    expect(findAll(manifest, 'CiliumNetworkPolicy').map(({ metadata }) => metadata.name)).not.toContain('test-airflow-postgres');
    expect(JSON.stringify(specOf(manifest, 'scheduler').egress)).not.toContain('6443');
  });

  test('the agent of a cloud gives the credentials of an identity', () => {
    const agent = { to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, { ipBlock: { cidr: 'fd00:ec2::23/128' } }], ports: tcp(80) };
    const identity = WorkloadIdentity.eksPodIdentity();
    expect(policy('task', { pods: { identity } }).egress).toContainEqual(agent);
    expect(policy('sync-users', { pods: { identity } }).egress).not.toContainEqual(agent);
    const own = policies();
    own.chart.airflow.addTaskPod('export', { serviceAccount: { identity } });
    expect(specOf(synth(own.chart), 'task').egress).toContainEqual(agent);
  });
});

describe('pods that run code of the users', () => {
  test('reach everything but the metadata of the cloud and the servers that they do not need', () => {
    const peers = { database: [DATABASE], kubernetes: [NetworkPeer.cidr('fd00:3::1/128')] };
    const internet = { to: everywhere(['10.0.3.0/24', 'fd00:3::1/128']) };
    expect(policy('task', EXTERNAL, { peers }).egress).toEqual([to(pods('api-server'), 8080), internet, DNS]);
    expect(policy('triggerer', EXTERNAL, { peers }).egress).toContainEqual({ to: everywhere(['fd00:3::1/128']) });
    expect(policy('task', { ...EXTERNAL, version: AirflowVersion.V2_11 }, { peers }).egress).toContainEqual({ to: everywhere(['fd00:3::1/128']) });
  });

  test.each(['task', 'triggerer', 'dag-processor'])('are closed where the platform says so: %s', role => {
    expect(policy(role).egress!.filter(({ ports }) => ports === undefined)).toEqual([{ to: everywhere() }]);
    expect(policy(role, {}, { openTasks: false }).egress!.filter(({ ports }) => ports === undefined)).toEqual([]);
  });

  test('the scheduler is one of them where it runs tasks', () => {
    expect(policy('scheduler', { executor: Executor.local() }).egress).toContainEqual({ to: everywhere() });
  });
});

describe('allow', () => {
  const peer = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

  test('adds a rule to the pods of both ends', () => {
    const { chart, policies: all } = policies();
    const { scheduler, apiServer, triggerer } = chart.airflow;
    all.allow({ source: NetworkPeer.of(scheduler!), target: NetworkPeer.namespace('vault'), port: 8200 });
    all.allow({ source: NetworkPeer.namespace('monitoring'), target: NetworkPeer.of(apiServer!), port: 8080 });
    all.allow({ source: NetworkPeer.of(triggerer!), target: NetworkPeer.of(apiServer!), port: 8080 });
    const manifest = synth(chart);
    expect(specOf(manifest, 'scheduler').egress).toContainEqual(to(peer('vault'), 8200));
    expect(specOf(manifest, 'api-server').ingress).toEqual([from(pods('task'), 8080), from(peer('monitoring'), 8080), from(pods('triggerer'), 8080)]);
    expect(specOf(manifest, 'triggerer').egress).toContainEqual(to(pods('api-server'), 8080));
    expect(specOf(manifest, 'dag-processor').egress).not.toContainEqual(to(peer('vault'), 8200));
  });

  test('fails for a port that is none', () => {
    const { chart, policies: all } = policies();
    expect(() => all.allow({ source: NetworkPeer.of(chart.airflow.scheduler!), target: NetworkPeer.anywhere(), port: 0 })).toThrow(
      new Error("test/policies: 'port' must be a whole number from 1 to 65535, got 0"));
  });

  test('fails where no end is a pod of the Airflow', () => {
    const { chart, policies: all } = policies();
    all.allow({ source: NetworkPeer.namespace('vault'), target: NetworkPeer.cidr('10.0.0.0/8'), port: 443 });
    expect(() => synth(chart)).toThrow(new Error('Validation failed with the following errors:\n  [test/policies] '
      + "'source' or 'target' of allow() must select pods of the Airflow, got neither; take a component of it, like NetworkPeer.of(airflow.scheduler)"));
  });
});

describe('fails', () => {
  const error = (...messages: string[]) => new Error(['Validation failed with the following errors:', ...messages.map(message => `[test/policies] ${message}`)].join('\n  '));
  const missing = (node: string, purposes: string) => `'peers' must have the address and port of '${node}' (${purposes}), which only a Secret contains; `
    + `add peers: { '${node}': [NetworkPeer.cidr('10.0.3.0/24', { ports: [5432] })] } with yours`;

  test('for all servers at once that only Secrets know', () => {
    const { chart } = policies({ ...EXTERNAL, executor: Executor.celery({ broker: Broker.fromSecret(SecretKey.of('broker', 'url')) }) });
    expect(() => synth(chart)).toThrow(error(missing('database', 'metadata, results'), missing('broker', 'queues')));
  });

  test('for an address without a port that only a Secret knows', () => {
    const { chart } = policies(EXTERNAL, { peers: { database: [DATABASE, NetworkPeer.cidr('10.0.4.0/24')] } });
    expect(() => synth(chart)).toThrow(error(missing('database', 'metadata')));
  });

  test('for users that an exposure leads to a component, but who come from nowhere', () => {
    const exposed = { url: 'https://airflow.example.com', apiServer: { exposure: Exposure.ingress() } };
    expect(() => synth(policies(exposed).chart)).toThrow(error(
      "'peers' must say where 'users' come from, since an exposure leads them to a component whose policy would refuse them; "
      + "add peers: { users: [NetworkPeer.namespace('ingress-nginx')] } with the namespace of your controller, or NetworkPeer.anywhere()"));
    expect(policy('api-server', exposed, { peers: { users: [NetworkPeer.anywhere()] } }).ingress).toContainEqual({ from: everywhere(), ports: tcp(8080) });
  });

  test('for a node that is not outside of the Airflow', () => {
    const { chart } = policies({}, { peers: { databse: [DATABASE], postgres: [DATABASE] } });
    const message = (node: string) => "'peers' must name servers and clients outside of the Airflow, which are 'users', 'kubernetes', "
      + `got '${node}'; correct it, or leave it out`;
    expect(() => synth(chart)).toThrow(error(message('databse'), message('postgres')));
  });

  test('for a Chart of another namespace', () => {
    const { airflow } = airflowChart();
    const chart = new Chart(new App(), 'test', { namespace: 'other' });
    expect(() => new AirflowNetworkPolicies(chart, 'policies', { airflow })).toThrow(
      new Error("test/policies: 'airflow' is in the namespace 'airflow', but the Chart of its policies is in 'other'; give both one 'namespace'"));
  });

  test('for a member that does not exist', () => {
    const { airflow } = airflowChart();
    const props = { airflow, peer: {} };
    expect(() => new AirflowNetworkPolicies(airflow, 'policies', props)).toThrow(
      new Error("test/airflow/policies: 'peer' is no member of AirflowNetworkPoliciesProps; did you mean 'peers'?"));
  });
});
