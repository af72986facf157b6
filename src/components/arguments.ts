import { Construct } from 'constructs';
import { ComponentOptions } from './component-options';
import { gather } from '../kubernetes/problems';

/** The value of an argument under one of its names, as the last one that is given; the line of a shell counts as well. */
export function argumentOf(args: string[] = [], ...names: string[]): string | undefined {
  const words = args.flatMap(arg => arg.split(/\s+/));
  const values = words.flatMap((word, index) => {
    const [name, ...value] = word.split('=');
    if (!names.includes(name)) { return []; }
    return value.length > 0 ? [value.join('=')] : words.slice(index + 1, index + 2);
  });
  return values.pop();
}

/** Throws for arguments by which the component would listen elsewhere than its Service and its probes look for it. */
export function checkServing(
  scope: Construct, { container, sidecars = [] }: ComponentOptions, port: number, others: { readonly [argument: string]: string },
): void {
  gather(scope, problems => {
    const given = argumentOf(container?.args, '--port', '-p');
    // A proxy beside it may be what listens.
    if (sidecars.length === 0 && given !== undefined && /^\d+$/.test(given) && Number(given) !== port) {
      problems.add(`'container.args' must not have the port ${given}, since the Service and the probes look for ${port}; leave it out and set 'service.port'`);
    }
    for (const [argument, instead] of Object.entries(others)) {
      if (argumentOf(container?.args, argument) !== undefined) {
        problems.add(`'container.args' must not have '${argument}', which the Service and the probes do not see; set '${instead}' instead`);
      }
    }
  });
}
