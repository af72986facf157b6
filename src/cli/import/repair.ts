import { assemble } from './assemble';
import { Conversion } from './conversion';
import { evaluate } from './evaluate';
import { call, create, dict, Expr, list, lit, name, struct } from './program';

/** So many props may be taken out, and so many tried for each. */
const [ROUNDS, TRIES] = [8, 10];

/**
 * Synthesizes the program, and returns its YAML. A prop that the library refuses becomes a comment and a decision, so that everything else
 * can be read and run. Empty if no prop is the reason.
 */
export function synthesize(conversion: Conversion, header: readonly string[]): string {
  for (let round = 0; round < ROUNDS; round++) {
    const { yaml, error } = attempt(conversion, header);
    if (error === undefined) { return yaml; }
    if (addPeers(conversion, error)) { continue; }
    const prop = culprit(conversion, header, error);
    if (prop === undefined) {
      for (const line of error.split('\n')) { conversion.line('the program', 'decision', line.trim()); }
      return '';
    }
    conversion.off.add(prop);
    conversion.line(prop, 'decision', 'the library refuses the value: '
      + `${error.replace(/\/\S*\/(?=pod_template)/g, '').replace(/\n\s*/g, ' ')}. The program has it as a comment`);
  }
  conversion.line(
    'the program',
    'decision',
    'the library refuses more than the command takes out by itself; run the program, and read its errors',
  );
  return '';
}

/** The usual ports of what an Airflow talks to. */
const PORTS: { readonly [node: string]: number } = { kdc: 88, database: 5432, broker: 6379, results: 5432 };

/** The address of a server that only a Secret contains: the chart has no rule for what its pods reach. */
function addPeers(conversion: Conversion, error: string): boolean {
  const nodes = [...error.matchAll(/add peers: \{ '?([\w-]+)'?:/g)].map(([, node]) => node);
  const policies = conversion.after.findIndex(({ value }) => value.kind === 'call' && value.callee === 'AirflowNetworkPolicies');
  if (nodes.length === 0 || policies < 0) { return false; }
  const all = [...new Set([...conversion.peers, ...nodes])];
  if (all.length === conversion.peers.size) { return false; }
  all.forEach(node => conversion.peers.add(node));
  const anywhere = (node: string) =>
    call('NetworkPeer.anywhere', struct('NetworkPeerOptions', { ports: list([lit(PORTS[node] ?? 443)]) }));
  const peers = dict(Object.fromEntries(all.map(node => [node, list([anywhere(node)])])));
  const props = struct('AirflowNetworkPoliciesProps', { airflow: name('chart.airflow'), peers });
  const value = create('AirflowNetworkPolicies', name('chart'), lit('network-policies'), props);
  conversion.after[policies] = { ...conversion.after[policies], value };
  conversion.line(
    'networkPolicies.enabled',
    'decision',
    `only a Secret has the address of ${nodes.map(node => `'${node}'`).join(', ')}; the program has NetworkPeer.anywhere(), `
      + 'better is NetworkPeer.cidr(), namespace() or host()',
  );
  return true;
}

function attempt(conversion: Conversion, header: readonly string[]): { yaml: string; error?: string } {
  try {
    return { yaml: evaluate(assemble(conversion.copy(), header), conversion.files).synthYaml() };
  } catch (error) {
    return { yaml: '', error: (error as Error).message };
  }
}

/** The prop without which there is another error, or none. */
function culprit(conversion: Conversion, header: readonly string[], message: string): string | undefined {
  return candidates(conversion, message).slice(0, TRIES).find(prop => {
    const tried = conversion.copy();
    tried.off.add(prop);
    const { error } = attempt(tried, header);
    return error === undefined || !error.includes(firstMistake(message));
  });
}

/** Of several mistakes the first one; the line before says only how many there are. */
function firstMistake(message: string): string {
  const [first, second] = message.split('\n');
  return second?.trim() ?? first;
}

/** Members that the message names; those that lie deeper come first. */
function candidates(conversion: Conversion, message: string): string[] {
  const mistake = firstMistake(message);
  const words = [...mistake.matchAll(/'([^']+)'/g)].map(([, word]) => word);
  const all = [...new Set(pathsOf(conversion.props.builder.build(), ''))].filter(path => !conversion.off.has(path));
  const named = words.flatMap(word => all.filter(path => path === word || path.endsWith(`.${word}`)).sort((a, b) => b.length - a.length));
  const component =
    /^[\w-]+\/[\w-]+\/([\w-]+)/
      .exec(message)?.[1]
      .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
      .replace(/^celeryWorkers.*/, 'workers') ?? '';
  const near = (path: string) => (component !== '' && path.split('.').includes(component) ? 0 : 1);
  return [
    ...new Set([...named.sort((a, b) => near(a) - near(b)), ...all.filter(path => path === component || path.endsWith(`.${component}`))]),
  ];
}

function pathsOf(expr: Expr, path: string): string[] {
  switch (expr.kind) {
    case 'struct': case 'dict': return expr.members.flatMap(({ name: member, value }) => {
      const at = path === '' ? member : `${path}.${member}`;
      return [at, ...pathsOf(value, at)];
    });
    case 'list': return expr.items.flatMap(item => pathsOf(item, path));
    case 'call': return expr.args.flatMap(arg => pathsOf(arg, path));
    default: return [];
  }
}
