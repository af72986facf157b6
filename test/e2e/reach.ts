import { connect } from 'node:net';
import { KubeObject, list, PortForward } from './kubectl';
import { Pending } from './poll';

/** The way to the ports of a Service, each as `address:port`. */
export interface Way {
  readonly ports: { readonly [name: string]: string };
  readonly close: () => void;
}

interface EndpointSlice extends KubeObject {
  readonly endpoints: { readonly addresses: string[] }[] | null;
  readonly ports: { readonly name: string; readonly port: number }[];
}

/** Leads to a pod of the Service itself where this machine reaches it, as a node does, else by port-forward, which is slower and breaks easily. */
export async function reach(namespace: string, service: string, ports: string[]): Promise<Way> {
  const slices = await list<EndpointSlice>(namespace, 'endpointslices', '--selector', `kubernetes.io/service-name=${service}`);
  const slice = slices.find(({ endpoints }) => endpoints !== null && endpoints.length > 0);
  if (slice === undefined) { throw new Pending(`the Service ${service} of ${namespace} has no endpoint`); }
  const [address] = slice.endpoints![0].addresses;
  const named = (addresses: string[]) => Object.fromEntries(ports.map((name, index) => [name, addresses[index]]));
  const addresses = ports.map(name => `${address}:${slice.ports.find(port => port.name === name)!.port}`);
  if ((await Promise.all(addresses.map(isReached))).some(Boolean)) { return { ports: named(addresses), close: () => {} }; }
  const forwards = await Promise.all(ports.map(name => PortForward.open(namespace, `service/${service}`, name)));
  return { ports: named(forwards.map(forward => forward.address)), close: () => forwards.forEach(forward => forward.close()) };
}

async function isReached(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise(resolve => {
    const socket = connect({ host, port: Number(port), timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false));
  });
}
