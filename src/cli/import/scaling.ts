import { Conversion, secretKeyOf } from './conversion';
import { asObject, isObject, Json } from './json';
import { call, Expr, list, lit, Maybe, name, someStruct, struct } from './program';
import { duration, objects, whole } from './scalars';

const STRATEGIES: { readonly [policy: string]: string } = { Max: 'MAX_CHANGE', Min: 'MIN_CHANGE', Disabled: 'DISABLED' };

/** How fast an autoscaler acts. */
export function behavior(value: Json | undefined): { readonly scaleUp?: Expr; readonly scaleDown?: Expr } {
  const given = asObject(value);
  return { scaleUp: rules(given.scaleUp), scaleDown: rules(given.scaleDown) };
}

function rules(value: Json | undefined): Maybe<Expr> {
  if (!isObject(value)) { return undefined; }
  const { stabilizationWindowSeconds: window, selectPolicy, policies } = value;
  const found = objects(policies).map(({ type, value: amount, periodSeconds }) =>
    struct('cdk8s-plus-27.ScalingPolicy', {
      replicas: call(`kplus.Replicas.${type === 'Percent' ? 'percent' : 'absolute'}`, lit(whole(amount))),
      duration: duration(whole(periodSeconds)),
    }),
  );
  return someStruct('cdk8s-plus-27.ScalingRules', {
    stabilizationWindow: window === undefined || window === null ? undefined : duration(whole(window)),
    strategy:
      typeof selectPolicy === 'string' && STRATEGIES[selectPolicy] !== undefined
        ? name(`kplus.ScalingStrategy.${STRATEGIES[selectPolicy]}`)
        : undefined,
    policies: found.length === 0 ? undefined : list(found),
  });
}

/** Metrics of an autoscaler, if cdk8s-plus has them all. */
export function metrics(value: Json | undefined): Maybe<Expr> {
  const found = objects(value).map(({ type, resource }) => {
    const target = asObject(asObject(resource).target);
    const factory = { cpu: 'resourceCpu', memory: 'resourceMemory' }[isObject(resource) ? String(resource.name) : ''];
    if (type !== 'Resource' || factory === undefined || target.averageUtilization === undefined) { return undefined; }
    return call(`kplus.Metric.${factory}`, call('kplus.MetricTarget.averageUtilization', lit(whole(target.averageUtilization))));
  });
  return found.length === 0 || found.includes(undefined) ? undefined : list(found as Expr[]);
}

/** What KEDA counts tasks by: the URL that it has in the chart, if that leads to the database, or one that someone makes for it. */
export function kedaConnection(conversion: Conversion, key: string, byPgBouncer: boolean): Maybe<Expr> {
  const { values, facts: { isRunning } } = conversion;
  const isPooled = values.effective('pgbouncer.enabled') === true;
  const isPostgres = String(values.effective('data.metadataConnection.protocol')).startsWith('postgresql');
  const named = values.given('data.metadataSecretName');
  const isOther = [...conversion.references.keys()].some(variable => variable.includes('SQL_ALCHEMY_CONN'));
  const isCopied = isRunning === true && isPostgres && !isOther && values.given('data.metadataConnection.host') !== undefined;
  const metadata = named ?? (isCopied ? conversion.secretName('metadata') : undefined);
  if (metadata !== undefined && !(isPooled && byPgBouncer)) {
    return secretKeyOf(String(metadata), isPooled ? 'kedaConnection' : 'connection');
  }
  if (named === undefined && isPostgres && !isOther) { return undefined; }
  const url = "the URL 'postgresql://user:password@host:5432/db?sslmode=require', past PgBouncer";
  return conversion.secret(key, 'keda', 'connection', url);
}
