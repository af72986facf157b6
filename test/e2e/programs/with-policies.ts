import { resolve } from 'node:path';
import { App } from 'cdk8s';
import { Airflow, AirflowNetworkPolicies, NetworkPeer } from '../../../src';

/** The servers that the test runs in namespaces of their own and that only Secrets know, and the users, who come by port-forward. */
const PEERS: { readonly [node: string]: NetworkPeer } = {
  database: NetworkPeer.namespace('airflow-e2e-database', { ports: [5432] }),
  users: NetworkPeer.namespace('projectcontour'),
};

// Gives every Airflow of the program in the argument its network policies.
// eslint-disable-next-line @typescript-eslint/unbound-method
const { synth } = App.prototype;
App.prototype.synth = function synthWithPolicies(this: App): void {
  for (const airflow of this.node.findAll().filter(construct => construct instanceof Airflow)) {
    // A Service in the graph has an address of its own, so it has a port.
    const unknown = airflow.networkGraph.edges.flatMap(({ source, target, port }) => [source, ...port === undefined ? [target] : []]);
    const peers = Object.fromEntries(Object.entries(PEERS).filter(([node]) => unknown.includes(node)).map(([node, peer]) => [node, [peer]]));
    new AirflowNetworkPolicies(airflow, 'policies', { airflow, peers });
  }
  synth.call(this);
};

const [, , program] = process.argv;
void import(resolve(program));
