import { resolve } from 'node:path';
import { App } from 'cdk8s';
import { Airflow, AirflowNetworkPolicies, NetworkPeer } from '../../../src';

/** The servers that the test runs in namespaces of their own, and that only Secrets know. */
const SERVERS: { readonly [node: string]: NetworkPeer } = {
  database: NetworkPeer.namespace('airflow-e2e-database', { ports: [5432] }),
};

// Gives every Airflow of the program in the argument its network policies.
// eslint-disable-next-line @typescript-eslint/unbound-method
const { synth } = App.prototype;
App.prototype.synth = function synthWithPolicies(this: App): void {
  for (const airflow of this.node.findAll().filter(construct => construct instanceof Airflow)) {
    const servers = new Set(airflow.networkGraph.edges.filter(({ port }) => port === undefined).map(({ target }) => target));
    const peers = Object.fromEntries(Object.entries(SERVERS).filter(([node]) => servers.has(node)).map(([node, peer]) => [node, [peer]]));
    new AirflowNetworkPolicies(airflow, 'policies', { airflow, peers });
  }
  synth.call(this);
};

const [, , program] = process.argv;
void import(resolve(program));
