import { Construct } from 'constructs';
import { ComponentOptions } from './component-options';
import { gather } from '../kubernetes/problems';

/** The value of an argument under any of its names. The last occurrence wins, and words of a shell command line count as well. */
export function argumentOf(args: string[] = [], ...names: string[]): string | undefined {
  const words = args.flatMap(arg => arg.split(/\s+/));
  const values = words.flatMap((word, index) => {
    const [name, ...value] = word.split('=');
    if (!names.includes(name)) { return []; }
    return value.length > 0 ? [value.join('=')] : words.slice(index + 1, index + 2);
  });
  return values.pop();
}

/** Throws for arguments that would make the component listen at an address other than the one that its Service and probes use. */
export function checkServing(
  scope: Construct, { container, sidecars = [] }: ComponentOptions, port: number, others: { readonly [argument: string]: string },
): void {
  gather(scope, problems => {
    const given = argumentOf(container?.args, '--port', '-p');
    // With a sidecar, a proxy may listen on the port of the Service.
    if (sidecars.length === 0 && given !== undefined && /^\d+$/.test(given) && Number(given) !== port) {
      problems.add(`'container.args' must not have the port ${given}, since the Service and the probes look for ${port}; `
        + "leave it out and set 'service.port'");
    }
    for (const [argument, instead] of Object.entries(others)) {
      if (argumentOf(container?.args, argument) !== undefined) {
        problems.add(`'container.args' must not have '${argument}', which the Service and the probes do not see; `
          + `set '${instead}' instead`);
      }
    }
  });
}
