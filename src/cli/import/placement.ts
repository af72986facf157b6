import { Convert, Undecided } from './conversion';
import { asObject, isObject, JsonObject } from './json';
import { call, Expr, list, lit, Maybe, name, someList, someStruct, struct } from './program';
import { duration, enumValue, objects, textMap, whole } from './scalars';

const EFFECTS = { NoSchedule: 'NO_SCHEDULE', PreferNoSchedule: 'PREFER_NO_SCHEDULE', NoExecute: 'NO_EXECUTE' };

export const tolerations: Convert = value => someList(objects(value).map(({ key, operator, value: taint, effect, tolerationSeconds }) => {
  const options = someStruct('TolerationOptions', {
    effect: typeof effect === 'string' && effect !== '' ? enumValue('TaintEffect', EFFECTS, effect) : undefined,
    evictAfter: tolerationSeconds === undefined || tolerationSeconds === null ? undefined : duration(whole(tolerationSeconds)),
  });
  if (key === undefined || key === null || key === '') { return call('Toleration.any', options); }
  if (operator === 'Exists') { return call('Toleration.exists', lit(String(key)), options); }
  return call('Toleration.equal', lit(String(key)), lit(String(taint ?? '')), options);
}));

export const topologySpread: Convert = value =>
  someList(
    objects(value).map(({ topologyKey, maxSkew, whenUnsatisfiable, minDomains }) =>
      struct('TopologySpread', {
        topologyKey: lit(String(topologyKey)),
        maxSkew: maxSkew === undefined || maxSkew === 1 ? undefined : lit(whole(maxSkew)),
        whenUnsatisfiable: whenUnsatisfiable === 'DoNotSchedule' ? name('UnsatisfiableConstraint.DO_NOT_SCHEDULE') : undefined,
        minDomains: minDomains === undefined ? undefined : lit(whole(minDomains)),
      }),
    ),
  );

export const hostAliases: Convert = value => someList(objects(value).map(({ ip, hostnames }) => struct('HostAliasOptions', {
  ip: lit(String(ip)), hostnames: list((Array.isArray(hostnames) ? hostnames : []).map(host => lit(String(host)))),
})));

/** Rules for nodes and for pods nearby. */
export const affinity: Convert = value => {
  if (!isObject(value)) { throw new Undecided('the value must be a map'); }
  const node = asObject(value.nodeAffinity);
  const required = asObject(node[REQUIRED]);
  return someStruct('Affinity', {
    requiredNodes: someList(objects(required.nodeSelectorTerms).map(term => struct('NodeRequirement', { matches: matches(term) }))),
    preferredNodes: someList(objects(node[PREFERRED]).map(({ weight, preference }) => struct('NodePreference', {
      weight: lit(whole(weight)), matches: matches(asObject(preference)),
    }))),
    nearPods: someList(podTerms(asObject(value.podAffinity))),
    awayFromPods: someList(podTerms(withoutChart(asObject(value.podAntiAffinity)))),
  });
};

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function matches({ matchExpressions, matchFields }: JsonObject): Expr {
  if (matchFields !== undefined) { throw new Undecided("'matchFields' has no prop; select nodes by their labels"); }
  return list(objects(matchExpressions).map(({ key, operator, values }) => {
    const items = list((Array.isArray(values) ? values : []).map(item => lit(String(item))));
    const factory = { In: 'in', NotIn: 'notIn', Exists: 'exists', DoesNotExist: 'doesNotExist', Gt: 'gt', Lt: 'lt' }[String(operator)];
    if (factory === undefined) { throw new Undecided(`the operator '${String(operator)}' is unknown`); }
    const takesValues = !['exists', 'doesNotExist'].includes(factory);
    return call(`kplus.NodeLabelQuery.${factory}`, lit(String(key)), takesValues ? items : undefined);
  }));
}

/** The chart keeps the pods of a component apart by its own labels, and the library by its own. */
function withoutChart(rules: JsonObject): JsonObject {
  const isChart = (term: JsonObject) => /"(component|tier|release)"/.test(JSON.stringify(asObject(term.labelSelector)));
  return {
    [REQUIRED]: objects(rules[REQUIRED]).filter(term => !isChart(term)),
    [PREFERRED]: objects(rules[PREFERRED]).filter(({ podAffinityTerm }) => !isChart(asObject(podAffinityTerm))),
  };
}

function podTerms(rules: JsonObject): Expr[] {
  return [
    ...objects(rules[REQUIRED]).map(term => podTerm(term)),
    ...objects(rules[PREFERRED]).map(({ weight, podAffinityTerm }) => podTerm(asObject(podAffinityTerm), whole(weight))),
  ];
}

function podTerm({ labelSelector, topologyKey, namespaces, namespaceSelector }: JsonObject, weight?: number): Expr {
  const { matchLabels, matchExpressions } = asObject(labelSelector);
  if (namespaceSelector !== undefined) { throw new Undecided("'namespaceSelector' has no prop; name the namespaces"); }
  const single = objects(matchExpressions).map(({ key, operator, values }) => {
    if (operator !== 'In' || !Array.isArray(values) || values.length !== 1) {
      throw new Undecided("only labels with one value each have a prop, got 'matchExpressions'");
    }
    return [String(key), values[0]] as const;
  });
  const labels = { ...asObject(matchLabels), ...Object.fromEntries(single) };
  if (['component', 'tier', 'release'].some(label => label in labels)) {
    throw new Undecided(
      "the labels 'tier', 'component' and 'release' are the chart's; the library spreads the pods of a component already, "
        + "otherwise use 'app.kubernetes.io/component'",
    );
  }
  return struct('PodAffinityTerm', {
    labels: textMap(labels, '') as Maybe<Expr>,
    topologyKey: topologyKey === 'kubernetes.io/hostname' || topologyKey === undefined ? undefined : lit(String(topologyKey)),
    namespaces: Array.isArray(namespaces) ? list(namespaces.map(item => lit(String(item)))) : undefined,
    weight: weight === undefined ? undefined : lit(weight),
  });
}
