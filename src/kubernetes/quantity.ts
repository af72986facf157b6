import { Size, SizeRoundingBehavior } from 'cdk8s';
import { Construct } from 'constructs';
import { failure } from './validate';

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * The number behind a Kubernetes quantity, or undefined when the text is not a quantity.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(quantity: unknown): number | undefined {
  return scaledQuantity(quantity, 0);
}

/** The number behind a quantity, times ten to the power of `digits`. It counts smaller units without a rounding error. */
export function scaledQuantity(quantity: unknown, digits: number): number | undefined {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') { return undefined; }
  const [, number, exponent, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(`${quantity}`) ?? [];
  if (number === undefined) { return undefined; }
  if (suffix?.endsWith('i')) { return Number(`${number}e${digits}`) * 1024 ** BINARY.indexOf(suffix); }
  // Parsing the number from text keeps 700m exactly at 0.7.
  return Number(`${number}e${Number(exponent ?? (DECIMAL.indexOf(suffix ?? '') - DECIMAL.indexOf('')) * 3) + digits}`);
}

/** The number of bytes. */
export function bytesOf(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * 1024;
}

/** The size as a Kubernetes quantity. */
export function renderSize(size: Size): string {
  const bytes = bytesOf(size);
  for (const [unit, factor] of [['Gi', 1024 ** 3], ['Mi', 1024 ** 2], ['Ki', 1024]] as const) {
    if (bytes % factor === 0) { return `${bytes / factor}${unit}`; }
  }
  return `${bytes}`;
}

/** Throws unless the size is a whole number of bytes. Kubernetes would round it. */
export function checkWholeBytes(scope: Construct, prop: string, size: Size | undefined): void {
  if (size !== undefined && !Number.isInteger(bytesOf(size))) {
    throw failure(
      scope,
      `'${prop}' must be a whole number of bytes, got ${size.asString()}; use Size.mebibytes(${Math.ceil(bytesOf(size) / 1024 ** 2)})`,
    );
  }
}

/** Throws unless the size is a whole number of bytes and at least 1Mi. */
export function checkSize(scope: Construct, prop: string, size: Size | undefined): void {
  checkWholeBytes(scope, prop, size);
  if (size !== undefined && bytesOf(size) < 1024 ** 2) { throw failure(scope, `'${prop}' must be at least 1Mi, got ${renderSize(size)}`); }
}
