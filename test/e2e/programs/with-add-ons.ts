import Module from 'node:module';
import { resolve } from 'node:path';
import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import * as library from '../../../src';
import { Airflow, AirflowChart, AirflowChartProps, AirflowHousekeeping, AirflowNamespace, AirflowNetworkPolicies, AirflowProps, Metrics, NetworkPeer } from '../../../src';

/** The servers that the test runs in namespaces of their own and that only Secrets know, and the users, who come by port-forward. */
const PEERS: { readonly [node: string]: NetworkPeer } = {
  database: NetworkPeer.namespace('airflow-e2e-database', { ports: [5432] }),
  users: NetworkPeer.namespace('projectcontour'),
};

function addPolicies(airflow: Airflow): void {
  // A Service in the graph has an address of its own, so it has a port.
  const unknown = airflow.networkGraph.edges.flatMap(({ source, target, port }) => [source, ...port === undefined ? [target] : []]);
  const peers = Object.fromEntries(Object.entries(PEERS).filter(([node]) => unknown.includes(node)).map(([node, peer]) => [node, [peer]]));
  new AirflowNetworkPolicies(airflow, 'policies', { airflow, peers });
}

const METERED = { telemetry: { metrics: Metrics.statsd() } };

class MeteredAirflow extends Airflow {
  constructor(scope: Construct, id: string, props: AirflowProps = {}) { super(scope, id, { ...METERED, ...props }); }
}

class MeteredAirflowChart extends AirflowChart {
  constructor(scope: Construct, id: string, props: AirflowChartProps = {}) { super(scope, id, { ...METERED, ...props }); }
}

// Gives every Airflow of the program in the argument metrics, network policies, a quota and a clean-up.
const modules = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const load = modules._load.bind(Module);
modules._load = (request, ...rest) =>
  (request === 'cdk8s-airflow' ? { ...library, Airflow: MeteredAirflow, AirflowChart: MeteredAirflowChart } : load(request, ...rest));

// eslint-disable-next-line @typescript-eslint/unbound-method
const { synth } = App.prototype;
App.prototype.synth = function synthWithAddOns(this: App): void {
  for (const airflow of this.node.findAll().filter(construct => construct instanceof Airflow)) {
    new AirflowHousekeeping(airflow, 'housekeeping', { airflow });
    new AirflowNamespace(Chart.of(airflow), `${airflow.node.id}-namespace`, { airflow });
    addPolicies(airflow);
  }
  synth.call(this);
};

const [, , program] = process.argv;
void import(resolve(program));
