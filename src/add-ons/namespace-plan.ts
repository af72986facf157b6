import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LimitRangeOptions, QuotaOptions } from './namespace-options';
import { Amounts, AMOUNTS, amountsOf, containersOf, NONE, PodDemand, plus, totalOf } from './pod-demand';
import { bytesOf, parseQuantity, renderSize } from '../kubernetes/quantity';

const NAMES: { readonly [amount in keyof Amounts]: string } = {
  requestsCpu: 'requests.cpu', requestsMemory: 'requests.memory', limitsCpu: 'limits.cpu', limitsMemory: 'limits.memory',
};
const PROPS: { readonly [amount in keyof Amounts]: string } = {
  requestsCpu: 'cpuRequests', requestsMemory: 'memoryRequests', limitsCpu: 'cpuLimits', limitsMemory: 'memoryLimits',
};
const MI = 1024 ** 2;
const LEAST: Amounts = { requestsCpu: 100, requestsMemory: 128 * MI, limitsCpu: 1000, limitsMemory: 512 * MI };

/** The quota and the limits of a namespace, computed from its pods or checked against them. */
export class NamespacePlan {
  private readonly defaults: Amounts;
  private readonly limited: boolean;

  constructor(private readonly all: PodDemand[], private readonly quotaOptions: QuotaOptions, private readonly limits: LimitRangeOptions) {
    this.limited = limits.enabled !== false;
    this.defaults = this.limited ? {
      requestsCpu: millis(limits.cpuRequest) ?? LEAST.requestsCpu,
      requestsMemory: bytes(limits.memoryRequest) ?? LEAST.requestsMemory,
      limitsCpu: millis(limits.cpuLimit) ?? this.largestRequest('requestsCpu', 'limitsCpu'),
      limitsMemory: bytes(limits.memoryLimit) ?? this.largestRequest('requestsMemory', 'limitsMemory'),
    } : NONE;
  }

  /** The `spec` of the LimitRange. */
  public limitRange(): object {
    const { maxCpu, maxMemory } = this.limits;
    const { requestsCpu, requestsMemory, limitsCpu, limitsMemory } = this.defaults;
    const max = { ...maxCpu && { cpu: maxCpu.amount }, ...maxMemory && { memory: renderSize(maxMemory) } };
    return {
      limits: [{
        type: 'Container',
        default: { cpu: cpuText(limitsCpu), memory: memoryText(limitsMemory) },
        defaultRequest: { cpu: cpuText(Math.min(requestsCpu, limitsCpu)), memory: memoryText(Math.min(requestsMemory, limitsMemory)) },
        ...Object.keys(max).length > 0 && { max },
      }],
    };
  }

  /** The `spec` of the ResourceQuota. */
  public quota(): object {
    const { pods, headroomPercent = 20 } = this.quotaOptions;
    const sum = this.sum();
    const more = (amount: number) => amount * (100 + headroomPercent) / 100;
    const hard = AMOUNTS.map(name => [NAMES[name], text(name, this.given(name) ?? more(sum[name]))]);
    return { hard: { ...Object.fromEntries(hard), pods: `${pods ?? Math.ceil(more(this.podCount()))}` } };
  }

  /** What is wrong, as validation says it. */
  public problems(): string[] {
    const unbounded = this.quotaOptions.enabled !== false && this.all.some(({ pods, kinds }) => pods === undefined && kinds.length > 0);
    return [
      ...unbounded ? ["'[core] parallelism' is 0, so tasks have no bound; give 'quota.taskPods' the number of task pods at a time"] : [],
      ...this.limited ? this.refused() : this.withoutLimit(),
      ...this.limited ? this.wrongLimits() : [],
      ...unbounded || this.quotaOptions.enabled === false ? [] : this.tooSmall(),
    ];
  }

  /** The demand as a table. */
  public table(): string {
    const row = (part: string, pods: number, amounts: Amounts) => [part, `${pods}`, ...AMOUNTS.map(name => text(name, amounts[name]))];
    const rows = [
      ['', 'pods', ...AMOUNTS.map(name => NAMES[name])],
      ...this.all.map(one => row(one.part, one.pods ?? 0, totalOf(one, this.defaults))),
      row('sum', this.podCount(), this.sum()),
    ];
    const widths = rows[0].map((_, column) => Math.max(...rows.map(cells => cells[column].length)));
    const padded = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
    return rows.map(cells => cells.map(padded).join('  ').trimEnd()).join('\n');
  }

  private sum(): Amounts {
    return this.all.reduce((sum, one) => plus(sum, totalOf(one, this.defaults)), NONE);
  }

  private podCount(): number {
    return this.all.reduce((sum, { pods = 0, kinds }) => sum + (kinds.length === 0 ? 0 : pods), 0);
  }

  private given(name: keyof Amounts): number | undefined {
    const { cpuRequests, cpuLimits, memoryRequests, memoryLimits } = this.quotaOptions;
    return {
      requestsCpu: millis(cpuRequests),
      limitsCpu: millis(cpuLimits),
      requestsMemory: bytes(memoryRequests),
      limitsMemory: bytes(memoryLimits),
    }[name];
  }

  /** The largest request of a container without a limit: a smaller default limit would make Kubernetes refuse the container. */
  private largestRequest(request: keyof Amounts, limit: keyof Amounts): number {
    const without = containersOf(this.all).map(({ container }) => amountsOf(container, NONE)).filter(amounts => amounts[limit] === 0);
    return Math.max(LEAST[limit], ...without.map(amounts => amounts[request]));
  }

  private tooSmall(): string[] {
    const sum = this.sum();
    const { pods } = this.quotaOptions;
    const small = AMOUNTS.flatMap(name => {
      const given = this.given(name);
      return given === undefined || given >= sum[name]
        ? []
        : [`'quota.${PROPS[name]}' must be at least ${text(name, sum[name])}, got ${text(name, given)}`];
    });
    const few = pods === undefined || pods >= this.podCount() ? [] : [`'quota.pods' must be at least ${this.podCount()}, got ${pods}`];
    const all = [...small, ...few];
    if (all.length === 0) { return []; }
    return [`${all.join('; ')}, or not all pods could run at a time; `
      + `raise it, or lower replicas, resources or '[core] parallelism':\n${this.table()}`];
  }

  /** Containers that the LimitRange would refuse. */
  private refused(): string[] {
    const { maxCpu, maxMemory } = this.limits;
    const most: { readonly [amount in keyof Amounts]?: number } = { limitsCpu: millis(maxCpu), limitsMemory: bytes(maxMemory) };
    return containersOf(this.all).flatMap(({ part, container }) => {
      const amounts = amountsOf(container, this.defaults);
      const above = (['limitsCpu', 'limitsMemory'] as const).filter(name => most[name] !== undefined && amounts[name] > most[name]);
      const over = (
        [
          ['requestsCpu', 'limitsCpu'],
          ['requestsMemory', 'limitsMemory'],
        ] as const
      ).filter(([request, limit]) => amounts[request] > amounts[limit]);
      return [
        ...above.map(
          name =>
            `'limits.${name === 'limitsCpu' ? 'maxCpu' : 'maxMemory'}' must be at least the ${NAMES[name]} ${text(name, amounts[name])} `
            + `of container '${container.name}' of ${part}, got ${text(name, most[name]!)}`,
        ),
        ...over.map(
          ([request, limit]) =>
            `'limits.${limit === 'limitsCpu' ? 'cpuLimit' : 'memoryLimit'}' must be at least the ${NAMES[request]} `
            + `${text(request, amounts[request])} of container '${container.name}' of ${part}, which has no limit, `
            + `got ${text(limit, amounts[limit])}`,
        ),
      ];
    }).filter((problem, index, every) => every.indexOf(problem) === index);
  }

  private wrongLimits(): string[] {
    const { cpuLimit, memoryLimit, cpuRequest, memoryRequest, maxCpu, maxMemory } = this.limits;
    const pairs: [string, keyof Amounts, number | undefined, string, number | undefined][] = [
      ['cpuRequest', 'limitsCpu', millis(cpuRequest), 'cpuLimit', millis(cpuLimit)],
      ['memoryRequest', 'limitsMemory', bytes(memoryRequest), 'memoryLimit', bytes(memoryLimit)],
      ['cpuLimit', 'limitsCpu', millis(cpuLimit), 'maxCpu', millis(maxCpu)],
      ['memoryLimit', 'limitsMemory', bytes(memoryLimit), 'maxMemory', bytes(maxMemory)],
    ];
    return pairs.flatMap(([prop, name, value, above, most]) => (value === undefined || most === undefined || value <= most ? []
      : [`'limits.${prop}' must be at most 'limits.${above}' ${text(name, most)}, got ${text(name, value)}`]));
  }

  /** Without a LimitRange, a ResourceQuota for limits refuses every container without them. */
  private withoutLimit(): string[] {
    if (this.quotaOptions.enabled === false) { return []; }
    const missing = containersOf(this.all).flatMap(({ part, container: { name, resources: { limits = {}, requests = {} } = {} } }) => {
      const lacks = [
        ...['cpu', 'memory'].filter(one => limits[one] === undefined).map(one => `limits.${one}`),
        ...['cpu', 'memory'].filter(one => limits[one] === undefined && requests[one] === undefined).map(one => `requests.${one}`),
      ];
      return lacks.length === 0 ? [] : [`container '${name}' of ${part} (${lacks.join(', ')})`];
    });
    if (missing.length === 0) { return []; }
    return [`the ResourceQuota would refuse what has no limits: ${[...new Set(missing)].join(', ')}; `
      + "leave 'limits.enabled' out, so that a LimitRange gives them"];
  }
}

function millis(cpu: kplus.Cpu | undefined): number | undefined {
  return cpu && Math.round(parseQuantity(cpu.amount)! * 1000);
}

function bytes(size: Size | undefined): number | undefined {
  return size && bytesOf(size);
}

function text(name: keyof Amounts, amount: number): string {
  return name.endsWith('Cpu') ? cpuText(amount) : memoryText(amount);
}

function cpuText(amount: number): string {
  return amount % 1000 === 0 ? `${amount / 1000}` : `${Math.ceil(amount)}m`;
}

function memoryText(amount: number): string {
  return renderSize(Size.mebibytes(Math.ceil(amount / MI)));
}
