import { container, lifecycle, ports } from './containers';
import { Conversion, Convert, Target, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { affinity, hostAliases, tolerations, topologySpread } from './placement';
import { call, dict, Expr, list, lit, Maybe, name, someList, struct } from './program';
import { extendedResources, flag, number, objects, percentOrNumber, resources, seconds, size, text, textMap, texts } from './scalars';
import { behavior, kedaConnection, metrics as metricsOf } from './scaling';
import { Variables } from './variables';
import { volumeMounts } from './volumes';

/** The knobs that many sections of the chart have, and the props that they become. */
const POD: readonly (readonly [knob: string, prop: string, convert: Convert])[] = [
  ['resources', 'resources', resources],
  ['nodeSelector', 'nodeSelector', textMap],
  ['affinity', 'affinity', affinity],
  ['tolerations', 'tolerations', tolerations],
  ['topologySpreadConstraints', 'topologySpread', topologySpread],
  ['priorityClassName', 'priorityClassName', text],
  ['terminationGracePeriodSeconds', 'terminationGracePeriod', seconds],
  ['podAnnotations', 'pod.annotations', textMap],
  ['labels', 'pod.labels', textMap],
  ['hostAliases', 'pod.dns.hostAliases', hostAliases],
  ['runtimeClassName', 'pod.runtimeClassName', text],
  ['schedulerName', 'pod.schedulerName', text],
  ['safeToEvict', 'pod.safeToEvict', flag],
  ['command', 'container.command', texts],
  ['args', 'container.args', texts],
  ['containerLifecycleHooks', 'container.lifecycle', lifecycle],
  ['extraPorts', 'container.ports', ports],
  ['serviceAccount.name', 'serviceAccount.name', text],
  ['serviceAccount.annotations', 'serviceAccount.annotations', textMap],
];

const WORKLOAD: readonly (readonly [knob: string, prop: string, convert: Convert])[] = [
  ['replicas', 'replicas', number],
  ['revisionHistoryLimit', 'workload.revisionHistoryLimit', number],
  ['annotations', 'workload.annotations', textMap],
];

const TIMINGS: readonly (readonly [knob: string, member: string, convert: Convert])[] = [
  ['initialDelaySeconds', 'initialDelay', seconds], ['periodSeconds', 'period', seconds], ['timeoutSeconds', 'timeout', seconds],
  ['failureThreshold', 'failureThreshold', number], ['command', 'command', texts], ['enabled', 'enabled', flag],
];

const PERSISTENCE = [
  'enabled', 'size', 'storageClassName', 'annotations', 'persistentVolumeClaimRetentionPolicy',
  'persistentVolumeClaimRetentionPolicy.whenDeleted', 'persistentVolumeClaimRetentionPolicy.whenScaled',
];

/** A section of the chart's values that describes pods. */
export class Section {
  /**
   * @param keys the places of the section; of a knob that several have, the first one counts
   * @param target where its props go
   */
  constructor(private readonly conversion: Conversion, private readonly keys: readonly string[], private readonly target: Target) {}

  /** What the user gives for a knob, and its full key. */
  public given(knob: string): { key: string; value: Json } | undefined {
    for (const section of this.keys) {
      const key = `${section}.${knob}`;
      const value = this.conversion.values.given(key);
      if (value !== undefined) { return { key, value }; }
    }
    return undefined;
  }

  /** What counts for a knob, with the defaults of the chart. */
  public effective(knob: string): Json | undefined {
    const { values } = this.conversion;
    return this.given(knob)?.value ?? this.keys.map(section => values.effective(`${section}.${knob}`)).find(value => value !== undefined);
  }

  public take(knob: string, prop: string, convert: Convert): void {
    const found = this.given(knob);
    if (found !== undefined) { this.conversion.take(found.key, prop, convert, this.target); }
  }

  /** Everything that a pod of Airflow may have. */
  public pod(): void {
    for (const [knob, prop, convert] of POD) { this.take(knob, prop, convert); }
    const amounts = this.given('resources');
    const extended = amounts && extendedResources(amounts.value);
    if (extended !== undefined) { this.conversion.put(amounts!.key, 'extendedResources', extended, this.target); }
    this.env();
    this.volumes();
    this.account();
    this.security();
  }

  /** Everything that a long-running component may have. */
  public component(): void {
    this.pod();
    const isScaled = ['keda.enabled', 'hpa.enabled'].some(knob => this.effective(knob) === true);
    const replicas = this.given('replicas');
    if (isScaled && replicas !== undefined) { this.conversion.line(replicas.key, 'left out', 'the autoscaler decides'); }
    for (const [knob, prop, convert] of WORKLOAD) { if (!isScaled || knob !== 'replicas') { this.take(knob, prop, convert); } }
    this.strategy();
    this.disruptionBudget();
    this.scaling();
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      for (const [knob, member, convert] of TIMINGS) { this.take(`${probe}.${knob}`, `container.${probe}.${member}`, convert); }
    }
    this.comment();
  }

  /** A volume for the logs of each pod. */
  public logVolume(prop = 'logs'): void {
    const given = (knob: string) => this.effective(`persistence.${knob}`);
    const policy = given('persistentVolumeClaimRetentionPolicy');
    const when = (knob: string) => given(`persistentVolumeClaimRetentionPolicy.${knob}`) ?? (isObject(policy) ? policy[knob] : undefined);
    const storageClass = given('storageClassName');
    const annotations = given('annotations');
    this.target.builder.put(prop, struct('LogVolumeOptions', {
      size: size(given('size')!, ''),
      storageClassName: storageClass === undefined ? undefined : lit(String(storageClass)),
      annotations: isObject(annotations) ? textMap(annotations, '') : undefined,
      deleteWithSet: when('whenDeleted') === 'Delete' ? lit(true) : undefined,
      deleteWhenScaled: when('whenScaled') === 'Delete' ? lit(true) : undefined,
    }));
    this.said(PERSISTENCE.map(knob => `persistence.${knob}`), prop);
  }

  /** The same line for all knobs of the volume. */
  public logVolumeLine(outcome: 'better' | 'left out', reason: string): void {
    for (const knob of PERSISTENCE) {
      const found = this.given(`persistence.${knob}`);
      if (found !== undefined) { this.conversion.line(found.key, outcome, reason); }
    }
  }

  private comment(): void {
    for (const key of this.keys) { this.conversion.props.builder.comment(key, this.conversion.commentsOf(key)); }
  }

  private env(): void {
    this.take('env', 'env', (value, key) => new Variables(this.conversion).add(value, key).build());
  }

  private volumes(): void {
    const volumes = objects(this.given('extraVolumes')?.value);
    const templates = objects(this.given('volumeClaimTemplates')?.value);
    const claims = templates.map(({ metadata }) => (isObject(metadata) ? metadata.name : undefined));
    this.take('extraVolumeMounts', 'volumeMounts', (value, key) => {
      const mounts = objects(value).filter(mount => !claims.includes(mount.name));
      if (mounts.length < objects(value).length) { this.conversion.line(key, 'prop', `${this.target.label}claims`); }
      return volumeMounts(this.conversion, mounts, volumes);
    });
    for (const [knob, prop] of [['extraContainers', 'sidecars'], ['extraInitContainers', 'initContainers']] as const) {
      this.take(knob, prop, (value, key) => someList(objects(value).map(item => container(this.conversion, item, volumes, key))));
    }
    const given = this.given('extraVolumes');
    if (given !== undefined) { this.conversion.line(given.key, 'prop', `${this.target.label}volumeMounts, each with its volume`); }
  }

  private account(): void {
    const { conversion, target } = this;
    const create = this.given('serviceAccount.create');
    if (create?.value === false) {
      const account = this.given('serviceAccount.name');
      conversion.attempt(create.key, () => {
        if (account === undefined) {
          throw new Undecided("the pods use the account 'default'; name an existing account in "
          + "'serviceAccount.existing', or let the library create one");
        }
        const existing = conversion.existing('ServiceAccount', String(account.value));
        target.builder.put('serviceAccount', struct('ServiceAccountOptions', { existing }));
        conversion.line(create.key, 'prop', `${target.label}serviceAccount.existing`);
      });
    }
    this.projectedToken();
    const token = this.given('serviceAccount.automountServiceAccountToken');
    if (token !== undefined) { conversion.line(token.key, 'better', 'only pods that call the Kubernetes API have a token'); }
  }

  private projectedToken(): void {
    const knob = (member: string) => `serviceAccount.serviceAccountTokenVolume.${member}`;
    if (this.effective(knob('enabled')) !== true) { return; }
    const [audience, expiration] = [this.effective(knob('audience')), this.effective(knob('expirationSeconds'))];
    this.target.builder.put('serviceAccount.projectedToken', struct('ProjectedTokenOptions', {
      mountPath: lit(String(this.effective(knob('mountPath')))),
      audience: audience === undefined ? undefined : lit(String(audience)),
      expiration: expiration === undefined || expiration === 3600 ? undefined : seconds(expiration, ''),
    }));
    this.target.builder.put('serviceAccount.automountToken', lit(false));
    this.said(['enabled', 'mountPath', 'audience', 'expirationSeconds', 'volumeName'].map(knob), 'serviceAccount.projectedToken');
  }

  /** The fields that the level restricted leaves open. */
  private security(): void {
    for (const knob of ['securityContext', 'securityContexts.pod', 'securityContexts.container']) {
      const found = this.given(knob);
      if (found !== undefined) { securityContext(this.conversion, found.key, found.value, this.target); }
    }
  }

  private strategy(): void {
    const unread = this.given('strategy');
    if (unread !== undefined && this.effective('persistence.enabled') === true) {
      this.conversion.line(unread.key, 'left out', 'the chart reads it only without volumes: pods with volumes are a StatefulSet');
      this.updateStrategy();
      return;
    }
    this.take('strategy', 'workload.maxSurge', value => {
      const { type, rollingUpdate } = asObject(value);
      const { maxSurge, maxUnavailable } = asObject(rollingUpdate);
      if (type === 'Recreate') { this.target.builder.put('workload.recreate', lit(true)); }
      if (maxUnavailable !== undefined && maxUnavailable !== null) {
        this.target.builder.put('workload.maxUnavailable', percentOrNumber(maxUnavailable, '')!);
      }
      return maxSurge === undefined || maxSurge === null ? undefined : percentOrNumber(maxSurge, '');
    });
    this.updateStrategy();
    const strategy = this.given('strategy');
    if (strategy !== undefined) { this.conversion.line(strategy.key, 'prop', `${this.target.label}workload`); }
  }

  private updateStrategy(): void {
    const update = this.given('updateStrategy');
    if (update !== undefined) {
      const { type, rollingUpdate } = asObject(update.value);
      const partition = isObject(rollingUpdate) ? rollingUpdate.partition : undefined;
      if (type === 'OnDelete') { this.target.builder.put('workload.onDelete', lit(true)); }
      if (partition !== undefined && partition !== null) { this.target.builder.put('workload.partition', lit(Number(partition))); }
      this.conversion.line(update.key, 'prop', `${this.target.label}workload`);
    }
  }

  private disruptionBudget(): void {
    if (this.effective('podDisruptionBudget.enabled') !== true) { return; }
    const least = this.given('podDisruptionBudget.config.minAvailable');
    const most = this.given('podDisruptionBudget.config.maxUnavailable')?.value ?? 1;
    const [member, value] = least === undefined ? ['maxUnavailable', most] : ['minAvailable', least.value];
    this.conversion.attempt(`${this.keys[0]}.podDisruptionBudget`, () =>
      this.target.builder.put(`disruptionBudget.${member}`, percentOrNumber(value, '')!));
    for (const knob of ['enabled', 'config', 'config.minAvailable', 'config.maxUnavailable']) {
      const found = this.given(`podDisruptionBudget.${knob}`);
      if (found !== undefined) { this.conversion.line(found.key, 'prop', `${this.target.label}disruptionBudget`); }
    }
  }

  private scaling(): void {
    if (this.effective('keda.enabled') === true) { this.keda(); } else if (this.effective('hpa.enabled') === true) { this.hpa(); }
  }

  private keda(): void {
    const count = (knob: string) => Number(this.effective(`keda.${knob}`));
    const time = (knob: string, prop: string) => {
      const found = this.given(`keda.${knob}`);
      return found === undefined ? {} : { [prop]: seconds(found.value, found.key) };
    };
    this.target.builder.put('scaling', call('Scaling.keda', struct('KedaScalingOptions', {
      minReplicas: count('minReplicaCount') === 0 ? undefined : lit(count('minReplicaCount')),
      maxReplicas: lit(count('maxReplicaCount')),
      ...time('pollingInterval', 'pollingInterval'),
      ...time('cooldownPeriod', 'cooldownPeriod'),
      connection: this.kedaConnection(),
      query: this.kedaQuery(),
      ...behavior(this.effective('keda.advanced.horizontalPodAutoscalerConfig.behavior')),
    })));
    this.said(['keda.advanced.horizontalPodAutoscalerConfig.behavior'], 'scaling: scaleUp, scaleDown');
    const knobs = ['enabled', 'minReplicaCount', 'maxReplicaCount', 'pollingInterval', 'cooldownPeriod'];
    this.said(knobs.map(knob => `keda.${knob}`), 'scaling: Scaling.keda()');
  }

  private kedaQuery(): Maybe<Expr> {
    const query = this.given('keda.query');
    if (query === undefined) { return undefined; }
    if (String(query.value).includes('{{')) {
      this.conversion.line(query.key, 'decision', 'the query has a template of Helm that only Helm can fill in; write what it gives '
        + 'into Scaling.keda({ query })');
      return undefined;
    }
    this.said(['keda.query'], 'scaling: Scaling.keda({ query })');
    return lit(String(query.value));
  }

  private kedaConnection(): Maybe<Expr> {
    const key = this.given('keda.enabled')?.key ?? `${this.keys[0]}.keda.enabled`;
    return kedaConnection(this.conversion, key, this.effective('keda.usePgbouncer') !== false);
  }

  private hpa(): void {
    const metrics = objects(this.effective('hpa.metrics'));
    const given = this.given('hpa.metrics');
    const [cpu] = metrics.filter(({ resource }) => isObject(resource) && resource.name === 'cpu');
    const rules = behavior(this.effective('hpa.behavior'));
    this.said(['hpa.behavior'], 'scaling: scaleUp, scaleDown');
    const most = lit(Number(this.effective('hpa.maxReplicaCount')));
    if (given !== undefined && (cpu === undefined || metrics.length > 1)) {
      const found = metricsOf(metrics);
      if (found !== undefined) {
        const fewest = Number(this.effective('hpa.minReplicaCount'));
        const options = { minReplicas: fewest > 1 ? lit(fewest) : undefined, maxReplicas: most, metrics: found, ...rules };
        this.target.builder.put('scaling', call('Scaling.metrics', struct('MetricsScalingOptions', options)));
        this.said(HPA, 'scaling: Scaling.metrics()');
        return;
      }
      this.conversion.line(given.key, 'decision', 'set Scaling.metrics() with the metrics of kplus.Metric; the program has Scaling.cpu()');
    }
    const target = isObject(cpu?.resource) && isObject(cpu.resource.target) ? cpu.resource.target.averageUtilization : undefined;
    const least = Number(this.effective('hpa.minReplicaCount'));
    this.target.builder.put('scaling', call('Scaling.cpu', struct('CpuScalingOptions', {
      minReplicas: least > 1 ? lit(least) : undefined,
      maxReplicas: most,
      cpuUtilization: target === undefined || target === null ? undefined : lit(Number(target)),
      ...rules,
    })));
    this.said(HPA, 'scaling: Scaling.cpu()');
  }

  /** Gives a line to knobs that have none yet. */
  private said(knobs: readonly string[], prop: string): void {
    for (const found of knobs.flatMap(knob => this.given(knob) ?? [])) {
      if (this.conversion.lines.some(({ key }) => key === found.key)) { continue; }
      this.conversion.line(found.key, 'prop', `${this.target.label}${prop}`);
    }
  }
}

const HPA = ['enabled', 'minReplicaCount', 'maxReplicaCount', 'metrics'].map(knob => `hpa.${knob}`);

const OPEN_FIELDS: { readonly [field: string]: string } = {
  runAsUser: 'user', runAsGroup: 'group', fsGroup: 'fsGroup', supplementalGroups: 'supplementalGroups',
};

/** The fields of a security context that the level restricted leaves open; all others are stricter already. */
export function securityContext(conversion: Conversion, key: string, value: Json, target: Target): void {
  const fields: JsonObject = asObject(value);
  const weaker = fields.privileged === true || fields.runAsUser === 0 || fields.allowPrivilegeEscalation === true
    || fields.runAsNonRoot === false || isObject(fields.capabilities) && fields.capabilities.add !== undefined;
  if (weaker) {
    conversion.line(key, 'decision', 'root, privileges and added capabilities are refused by the Pod Security level restricted, at '
      + 'which the library runs everything; '
      + 'the image runs as the user 50000 and needs none of them');
    return;
  }
  const groups = Object.entries(OPEN_FIELDS).filter(([field]) => fields[field] !== undefined && fields[field] !== null);
  for (const [field, member] of groups) {
    const given = fields[field]!;
    target.builder.put(`securityContext.${member}`, Array.isArray(given) ? list(given.map(id => lit(Number(id)))) : lit(Number(given)));
  }
  const policy = { Always: 'ALWAYS', OnRootMismatch: 'ON_ROOT_MISMATCH' }[String(fields.fsGroupChangePolicy)];
  if (policy === 'ALWAYS') { target.builder.put('securityContext.fsGroupChangePolicy', name(`kplus.FsGroupChangePolicy.${policy}`)); }
  if (Array.isArray(fields.sysctls)) {
    const sysctls = objects(fields.sysctls).map(item => [String(item.name), lit(String(item.value))]);
    target.builder.put('securityContext.sysctls', dict(Object.fromEntries(sysctls) as { [id: string]: Expr }));
  }
  if (isObject(fields.seLinuxOptions)) {
    const { level, type } = fields.seLinuxOptions;
    target.builder.put('securityContext.seLinux', struct('SeLinuxOptions', {
      level: level === undefined ? undefined : lit(String(level)), type: type === undefined ? undefined : lit(String(type)),
    }));
  }
  if (fields.readOnlyRootFilesystem === false) { target.builder.put('securityContext.readOnlyRootFilesystem', lit(false)); }
  const isSaid = groups.length > 0 || fields.readOnlyRootFilesystem === false || policy === 'ALWAYS' || fields.sysctls !== undefined
    || fields.seLinuxOptions !== undefined;
  if (isSaid) {
    conversion.line(key, 'prop', `${target.label}securityContext`);
  } else { conversion.line(key, 'better', 'every container runs at the Pod Security level restricted'); }
}
