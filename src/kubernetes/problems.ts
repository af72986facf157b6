import { Construct } from 'constructs';

/** Several mistakes in one error. */
class Mistakes extends Error {
  constructor(public readonly where: string, public readonly messages: string[]) {
    super([`${where === '' ? '' : `${where}: `}${messages.length} mistakes:`, ...messages.map(message => `  ${message}`)].join('\n'));
  }
}

/**
 * Runs checks of which none relies on another, and throws all that they find: one mistake as it is, several as a list, in the order of the checks.
 *
 * @param scope the construct that the error names once, in place of every mistake
 */
export function gather(scope: Construct | undefined, checks: readonly (() => void)[]): void {
  const where = scope?.node.path ?? '';
  const found: Error[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!isMistake(error)) { throw error; }
      found.push(error);
    }
  }
  if (found.length === 1) { throw found[0]; }
  const messages = new Set(found.flatMap(error => (
    error instanceof Mistakes ? error.messages.map(message => (error.where === where ? message : `${error.where}: ${message}`)) : [error.message]
  )).map(message => (where !== '' && message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message)));
  if (messages.size > 0) { throw mistakes(where, [...messages]); }
}

/** The messages as one error. */
export function mistakes(where: string, messages: readonly string[]): Error {
  if (messages.length > 1) { return new Mistakes(where, [...messages]); }
  return new Error(where === '' ? messages[0] : `${where}: ${messages[0]}`);
}

/** A fault of the library itself, such as a TypeError, is none of the user's mistakes. */
function isMistake(error: unknown): error is Error {
  return error instanceof Mistakes || (error instanceof Error && error.constructor.name === 'Error');
}
