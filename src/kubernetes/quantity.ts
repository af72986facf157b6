import { Size, SizeRoundingBehavior } from 'cdk8s';
import { Construct } from 'constructs';
import { failure } from './validate';

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * The number that a quantity of Kubernetes stands for, or undefined when it is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(quantity: unknown): number | undefined {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') { return undefined; }
  const [, number, exponent, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(`${quantity}`) ?? [];
  if (number === undefined) { return undefined; }
  if (suffix?.endsWith('i')) { return Number(number) * 1024 ** BINARY.indexOf(suffix); }
  // As the text of a number, so that 700m is 0.7 to the last bit.
  return Number(`${number}e${exponent ?? (DECIMAL.indexOf(suffix ?? '') - DECIMAL.indexOf('')) * 3}`);
}

export function renderSize(size: Size): string {
  const kibibytes = size.toKibibytes();
  for (const [unit, factor] of [['Gi', 1024 * 1024], ['Mi', 1024]] as const) {
    if (kibibytes % factor === 0) { return `${kibibytes / factor}${unit}`; }
  }
  return `${kibibytes}Ki`;
}
/** Throws unless a volume or what it may hold is worth its name. */
export function checkSize(scope: Construct, prop: string, size: Size | undefined): void {
  if (size !== undefined && size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) < 1024) {
    throw failure(scope, `'${prop}' must be at least 1Mi, got ${renderSize(size)}`);
  }
}
