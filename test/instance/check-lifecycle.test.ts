import { Duration } from 'cdk8s';
import { AirflowPodOptions } from '../../src';
import { building } from '../util';

test.each<[AirflowPodOptions, string]>([
  [{ securityContext: { seLinux: {} } },
    "'securityContext.seLinux' must have a 'level' or a 'type', got none; leave it out for the label that the container runtime chooses"],
  [{ securityContext: { seLinux: { type: 'spc_t' } } },
    "'securityContext.seLinuxOptions.type' of the pod's spec is \"spc_t\", which the Pod Security level restricted refuses; leave it out"],
  [{ securityContext: { sysctls: { 'kernel.msgmax': '1' } } },
    "'securityContext.sysctls' of the pod's spec is [\"kernel.msgmax\"], which the Pod Security level restricted refuses; leave it out"],
  [{ container: { lifecycle: { preStop: ['true'], preStopSleep: Duration.seconds(1) } } },
    "'container.lifecycle' has 'preStop' and 'preStopSleep', but a hook has one action; leave all but one of them out"],
  [{ container: { lifecycle: { postStart: ['true'], postStartHttp: { path: '/', port: 1 } } } },
    "'container.lifecycle' has 'postStart' and 'postStartHttp', but a hook has one action; leave all but one of them out"],
  [{ container: { lifecycle: { preStopHttp: { path: 'drain', port: 1 } } } }, "'container.lifecycle.preStopHttp.path' must begin with '/', got 'drain'"],
  [{ container: { lifecycle: { preStopHttp: { path: '/', port: 0 } } } }, "'container.lifecycle.preStopHttp.port' must be a whole number from 1 to 65535, got 0"],
  [{ sidecars: [{ name: 'x', image: 'acme/x:1', lifecycle: { postStartHttp: { path: '/', port: 1, headers: { Authorization: 'Bearer hunter2' } } } }] },
    "'sidecars.lifecycle.postStartHttp.headers' must not have 'Authorization', since everyone who reads the YAML would have its value; "
    + 'run a command that reads it from a variable'],
  [{ sidecars: [{ name: 'x', image: 'acme/x:1', lifecycle: { preStopHttp: { path: '/', port: 1, headers: { 'X Y': '' } } } }] },
    "'sidecars.lifecycle.preStopHttp.headers' must have names of letters, digits and '-', got 'X Y'"],
  [{ terminationGracePeriod: Duration.seconds(5), sidecars: [{ name: 'x', image: 'acme/x:1', lifecycle: { preStopSleep: Duration.seconds(6) } }] },
    "'lifecycle.preStopSleep' of container 'x' must be at most the 'terminationGracePeriod', 5 seconds, got 6; lower it, or raise that"],
  [{ container: { lifecycle: { preStopSleep: Duration.millis(500) } } },
    "'container.lifecycle.preStopSleep' must be a whole number of seconds of at least 1, got 0.5"],
])('fails with a hook or a setting of the kernel that Kubernetes refuses (%#)', (dagProcessor, message) => {
  expect(building({ dagProcessor })).toThrow(new Error(`test/airflow/dag-processor: ${message}`));
});

test('fails with such a hook of all pods', () => {
  expect(building({ pods: { lifecycle: { postStartHttp: { path: 'up', port: 8080 } } } })).toThrow(
    new Error("test/airflow/bootstrap-secrets: 'pods.lifecycle.postStartHttp.path' must begin with '/', got 'up'"));
});
