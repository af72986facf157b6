import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { NetworkPeer } from '../../src';
import { everywhere } from '../../src/add-ons/network-peer';
import { airflowChart } from '../util';

const peersOf = (peer: NetworkPeer) => peer._bind().peers;

test.each(['10.0.3.0/24', '10.0.3.7/32', '0.0.0.0/0', 'fd00:3::/64', '::1/128'])('%s is a range', cidr => {
  expect(NetworkPeer.cidr(cidr)._bind()).toEqual({ peers: [{ ipBlock: { cidr } }], ports: undefined });
});

test.each(['10.0.3.7', '10.0.3.0/33', 'db.example.com', '10.0.3/24', 'fd00::/129', '', '10.0.0.0/8, 10.1.0.0/16'])('fails for the range %j', range => {
  expect(() => NetworkPeer.cidr(range)).toThrow(new Error(`'range' must be a CIDR range like 10.0.3.0/24 or fd00:3::/64, got '${range}'`));
});

test('a namespace with all pods, or with the pods of some labels', () => {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } };
  expect(peersOf(NetworkPeer.namespace('ingress'))).toEqual([{ namespaceSelector }]);
  expect(peersOf(NetworkPeer.namespace('ingress', { podLabels: { app: 'envoy' } }))).toEqual([{ namespaceSelector, podSelector: { matchLabels: { app: 'envoy' } } }]);
});

test('fails for what is no name of a namespace', () => {
  expect(() => NetworkPeer.namespace('Ingress')).toThrow(
    new Error("'name' must be that of a namespace, of lowercase letters, digits and dashes, got 'Ingress'"));
});

describe('a peer of cdk8s-plus-27', () => {
  const chart = new Chart(new App(), 'test');

  test('pods by labels, in namespaces by name and by label', () => {
    const inNamed = kplus.Pods.select(chart, 'named', { labels: { app: 'dwh' }, namespaces: kplus.Namespaces.select(chart, 'a', { names: ['dwh', 'lake'] }) });
    expect(peersOf(NetworkPeer.of(inNamed))).toEqual(['dwh', 'lake'].map(name => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } }, podSelector: { matchLabels: { app: 'dwh' } },
    })));
    const inLabelled = kplus.Pods.select(chart, 'labelled', { namespaces: kplus.Namespaces.select(chart, 'b', { labels: { team: 'data' } }) });
    expect(JSON.parse(JSON.stringify(peersOf(NetworkPeer.of(inLabelled))))).toEqual([{ namespaceSelector: { matchLabels: { team: 'data' } }, podSelector: {} }]);
  });

  test('addresses without some', () => {
    const block = kplus.NetworkPolicyIpBlock.ipv4(chart, 'office', '10.0.0.0/8', ['10.1.0.0/16']);
    expect(peersOf(NetworkPeer.of(block))).toEqual([{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }]);
  });

  test('a component of an Airflow', () => {
    const { scheduler } = airflowChart().airflow;
    expect(peersOf(NetworkPeer.of(scheduler!))).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'airflow' } }, podSelector: { matchLabels: scheduler!.podLabels } },
    ]);
  });
});

test.each(['db.example.com', '*.s3.amazonaws.com', 'a-b.example'])('the host %s', host => {
  expect(NetworkPeer.host(host)._bind()).toEqual({ peers: [], ports: undefined, host });
});

test('an entity of Cilium, and fails for another', () => {
  expect(NetworkPeer.ciliumEntity('kube-apiserver', { ports: [8443] })._bind()).toEqual({ peers: [], ports: [8443], entity: 'kube-apiserver' });
  expect(() => NetworkPeer.ciliumEntity('apiserver')).toThrow(new Error("'name' must be an entity of Cilium "
    + "(all, cluster, health, host, ingress, init, kube-apiserver, remote-node, unmanaged, world), got 'apiserver'"));
});

test.each(['10.0.3.7/32', 'localhost', 'https://db.example.com', 'db.example.com:5432', 'DB.example.com'])('fails for the host %j', host => {
  expect(() => NetworkPeer.host(host)).toThrow(new Error(`'name' must be a DNS name like db.example.com, got '${host}'; an address is a NetworkPeer.cidr()`));
});

test('everywhere is without the metadata addresses of clouds, each exception in the block of its own family', () => {
  expect(peersOf(NetworkPeer.anywhere())).toEqual([
    { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'] } },
    {
      ipBlock: {
        cidr: '::/0',
        except: [
          'fd00:ec2::/32', 'fd20:ce::254/128', 'fd00:100::100:200/128', 'fd00:c1::a9fe:a9fe/128', 'fd00:42::42/128', 'fd00:a9fe:a9fe::1/128', 'fe80::/10',
        ],
      },
    },
  ]);
  expect(everywhere(['10.0.3.0/24', 'fd00:3::/64']).map(({ ipBlock }) => ipBlock!.except!.slice(-1))).toEqual([['10.0.3.0/24'], ['fd00:3::/64']]);
});

test.each([[0], [65536], [5432.5]])('fails for the port %p', port => {
  const error = new Error(`'ports' must be of whole numbers from 1 to 65535, got ${port}`);
  const options = { ports: [443, port] };
  expect(() => NetworkPeer.anywhere(options)).toThrow(error);
  expect(() => NetworkPeer.cidr('10.0.0.0/8', options)).toThrow(error);
  expect(() => NetworkPeer.namespace('dwh', options)).toThrow(error);
  expect(() => NetworkPeer.host('db.example.com', options)).toThrow(error);
  expect(() => NetworkPeer.of(airflowChart().airflow.scheduler!, options)).toThrow(error);
});

test('fails for ports without a port', () => {
  expect(() => NetworkPeer.anywhere({ ports: [] })).toThrow(new Error("'ports' must have a port, got none; leave it out"));
});
