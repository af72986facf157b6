import { Conversion } from './conversion';
import { hazards } from './hazards';
import { JsonObject } from './json';
import { Kept } from './keep-release';
import { ObjectName } from './kubernetes-objects';
import { PROGRAM, stepsOf } from './move-steps';
import { ReleaseState } from './read-release';

/** The plan of a move, as Markdown. */
export function movePlan(
  conversion: Conversion, state: ReleaseState, kept: Kept, instance: string, program: readonly JsonObject[],
): string {
  const steps = stepsOf(conversion, state, kept, instance, program);
  const numbers = Object.fromEntries(steps.map(({ id }, index) => [id, index + 1]));
  const { name, namespace, installer, chartVersion } = state;
  const revision = installer.kind === 'helm' ? `revision ${installer.revision}, ` : '';
  return [
    '## Plan of the move', '',
    `The release \`${name}\` (${revision}chart ${chartVersion}) in the namespace \`${namespace}\` becomes the instance `
      + `\`${instance}\` in the same namespace. Run the commands in the folder of the program, when it has written \`${PROGRAM}\`. Each `
      + 'step says how to go back.', '',
    ...steps.flatMap(({ title, text, commands, back }, index) => [
      `### ${index + 1}. ${title}`, '', text, '', ...block(commands), `Back: ${back.text}`, '', ...block(back.commands),
    ]),
    '### What can go wrong, and what takes care of it', '',
    '| hazard | answer |', '|---|---|', ...hazards(conversion, state, kept, instance, numbers).map(row => `| ${row.join(' | ')} |`), '',
  ].join('\n');
}

function block(commands: readonly string[] = []): string[] { return commands.length === 0 ? [] : ['```sh', ...commands, '```', '']; }

/** Objects of the program that have the kind and the name of one of the release, and should not. */
export function collisions(program: readonly ObjectName[], state: ReleaseState, { shared }: Kept): ObjectName[] {
  const names = (all: readonly ObjectName[]) => new Set(all.map(({ kind, name }) => `${kind}/${name}`));
  const [taken, allowed] = [names([...state.objects, ...state.hooks]), names(shared)];
  return program.filter(({ kind, name }) => taken.has(`${kind}/${name}`) && !allowed.has(`${kind}/${name}`));
}
