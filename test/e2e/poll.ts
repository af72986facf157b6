/** What is waited for is not there yet; the message says what is missing. */
export class Pending extends Error {}

export interface PollOptions {
  /** How long to wait. */
  readonly seconds: number;
  /** Between two looks. */
  readonly periodSeconds?: number;
}

/**
 * Looks until the probe answers instead of throwing `Pending`; any other error ends the wait at once.
 */
export async function until<T>(what: string, options: PollOptions, probe: () => Promise<T>): Promise<T> {
  const end = Date.now() + options.seconds * 1000;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (!(error instanceof Pending)) { throw error; }
      if (Date.now() > end) { throw new Error(`after ${options.seconds} s still no ${what}: ${error.message}`); }
    }
    await new Promise(resolve => setTimeout(resolve, (options.periodSeconds ?? 2) * 1000));
  }
}

/** Runs the steps and answers how many seconds they took. */
export async function timed(steps: () => Promise<unknown>): Promise<number> {
  const start = Date.now();
  await steps();
  return (Date.now() - start) / 1000;
}
