import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Expr, Program, statements } from './program';
import * as library from '../../index';

type Scope = { [name: string]: unknown };

/** Runs a program and returns its app, so that what the library refuses is known before anyone reads the program. */
export function evaluate(program: Program, files: ReadonlyMap<string, string> = new Map()): cdk8s.App {
  const app = new cdk8s.App();
  const scope: Scope = { ...cdk8s, ...library, ...filesOf(files), kplus, app };
  for (const { constant, value } of statements(program)) {
    const result = valueOf(value, scope);
    if (constant !== undefined) { scope[constant] = result; }
  }
  return app;
}

/** The files that the program reads are not written yet; nothing of them stays on the machine. */
function filesOf(files: ReadonlyMap<string, string>): Scope {
  if (files.size === 0) { return {}; }
  return { TaskPodTemplate: { ...library.TaskPodTemplate, fromFile: (file: string) => templateOf(file, files.get(file)!) } };
}

function templateOf(file: string, text: string): library.TaskPodTemplate {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk8s-airflow-'));
  try {
    fs.writeFileSync(path.join(folder, file), text);
    return library.TaskPodTemplate.fromFile(path.join(folder, file));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function valueOf(expr: Expr, scope: Scope): unknown {
  switch (expr.kind) {
    case 'literal': return expr.value;
    case 'name': return lookUp(expr.name, scope).value;
    case 'list': return expr.items.map(item => valueOf(item, scope));
    case 'call': {
      const on = expr.on && valueOf(expr.on, scope) as Scope;
      const { owner, value } = on === undefined ? lookUp(expr.callee, scope) : { owner: on, value: on[expr.callee] };
      const args = expr.args.map(arg => valueOf(arg, scope));
      return expr.isNew
        ? new (value as new (...args: unknown[]) => unknown)(...args)
        : (value as (...args: unknown[]) => unknown).apply(owner, args);
    }
    default: {
      const members = expr.members.filter(({ isOff }) => isOff !== true);
      return Object.fromEntries(members.map(({ name, value }) => [name, valueOf(value, scope)]));
    }
  }
}

function lookUp(dotted: string, scope: Scope): { owner: unknown; value: unknown } {
  const [first, ...rest] = dotted.split('.');
  if (!(first in scope)) { throw new Error(`the program has no '${first}'`); }
  let found: { owner: unknown; value: unknown } = { owner: undefined, value: scope[first] };
  for (const part of rest) { found = { owner: found.value, value: (found.value as Scope)[part] }; }
  return found;
}
