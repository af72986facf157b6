import { Construct } from 'constructs';
import { isCredential } from '../core/secret-names';
import { HttpHookOptions, LifecycleOptions } from '../kubernetes/container-options';
import { Problems } from '../kubernetes/problems';
import { checkPort, checkSeconds } from '../kubernetes/validate';

/** Reports hooks that exclude each other, and hooks that Kubernetes would refuse. */
export function checkLifecycle(problems: Problems, scope: Construct, prop: string, lifecycle: LifecycleOptions = {}): void {
  const { postStart, preStop, postStartHttp, preStopHttp, preStopSleep } = lifecycle;
  for (const actions of [{ postStart, postStartHttp }, { preStop, preStopHttp, preStopSleep }]) {
    const given = Object.entries(actions).flatMap(([name, action]) => (action === undefined ? [] : [name]));
    if (given.length > 1) {
      problems.add(
        `'${prop}' has ${given.map(name => `'${name}'`).join(' and ')}, but a hook has one action; leave all but one of them out`,
      );
    }
  }
  problems.check(() => checkSeconds(scope, `${prop}.preStopSleep`, preStopSleep, 1));
  checkHttp(problems, scope, `${prop}.postStartHttp`, postStartHttp);
  checkHttp(problems, scope, `${prop}.preStopHttp`, preStopHttp);
}

function checkHttp(problems: Problems, scope: Construct, prop: string, http: HttpHookOptions | undefined): void {
  if (http === undefined) { return; }
  problems.check(() => checkPort(scope, `${prop}.port`, http.port));
  if (!http.path.startsWith('/')) { problems.add(`'${prop}.path' must begin with '/', got '${http.path}'`); }
  for (const name of Object.keys(http.headers ?? {})) {
    if (!/^[-A-Za-z0-9]+$/.test(name)) { problems.add(`'${prop}.headers' must have names of letters, digits and '-', got '${name}'`); }
    if (isCredential(name)) {
      problems.add(`'${prop}.headers' must not have '${name}', since everyone who reads the YAML would have its value; `
        + 'run a command that reads it from a variable');
    }
  }
}
