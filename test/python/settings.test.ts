import { describe, python, scriptText, test, withFiles } from './python';

/** The models of the Kubernetes client, as far as they are read: any field, None where it was not given. */
const MODELS = `
import sys, types
class Model:
    attribute_map = {"run_as_non_root": "runAsNonRoot", "seccomp_profile": "seccompProfile", "run_as_user": "runAsUser",
                     "allow_privilege_escalation": "allowPrivilegeEscalation", "capabilities": "capabilities", "drop": "drop", "privileged": "privileged",
                     "read_only_root_filesystem": "readOnlyRootFilesystem", "add": "add"}
    def __init__(self, **fields): self.__dict__.update(fields)
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return None
def plain(value):
    if isinstance(value, Model): return {name: plain(inner) for name, inner in vars(value).items()}
    if isinstance(value, dict): return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
models = types.ModuleType("kubernetes.client.models")
for name in ["V1PodSecurityContext", "V1SecurityContext", "V1Capabilities", "V1SeccompProfile"]:
    setattr(models, name, type(name, (Model,), {}))
client = types.ModuleType("kubernetes.client")
client.models = models
sys.modules.update({"kubernetes": types.ModuleType("kubernetes"), "kubernetes.client": client, "kubernetes.client.models": models})
def pod(*containers, **spec): return Model(spec=Model(containers=list(containers), **spec), seen=[])
`;

/** Imports the settings as Airflow does, with those of the image and of the user, and runs code. */
function settings(code: string, own: { image?: string; user?: string } = {}): unknown {
  const files = {
    'config/airflow_local_settings/__init__.py': scriptText('airflow_local_settings.py'),
    ...(own.image === undefined ? {} : { 'config/airflow_local_settings.py': own.image }),
    ...(own.user === undefined ? {} : { 'config/airflow_local_settings/user_settings.py': own.user }),
  };
  return withFiles(files, folder => python(
    `${MODELS}\nsys.path.insert(0, "${folder}/config")\nimport airflow_local_settings as settings\n${code}`).value);
}

/** The pod after the hook, made from Python. */
function hooked(made: string, own?: { image?: string; user?: string }): { [field: string]: unknown } {
  return settings(`it = ${made}\nsettings.pod_mutation_hook(it)\nanswer(plain(it))`, own) as { [field: string]: unknown };
}

const HARDENED = { allow_privilege_escalation: false, capabilities: { drop: ['ALL'] } };

describe('the settings of the image and of the user', () => {
  test('are handed on under their names', () => {
    const names = settings('answer([settings.__all__, settings.IMAGE, settings.USER, settings.BOTH])', {
      image: 'IMAGE = 1\nBOTH = 1\n', user: 'USER = 2\nBOTH = 2\n',
    });
    expect(names).toEqual([['BOTH', 'IMAGE', 'USER', 'pod_mutation_hook'], 1, 2, 2]);
  });

  test('hand on what they list, where they list it', () => {
    expect(settings('answer(settings.__all__)', { user: '__all__ = ["ONE"]\nONE = 1\nTWO = 2\n' })).toEqual(['ONE', 'pod_mutation_hook']);
  });

  test('may be missing', () => {
    expect(settings('answer(settings.__all__)')).toEqual(['pod_mutation_hook']);
  });

  test('both change a pod, the image first, before it is hardened', () => {
    const hook = (who: string) => `def pod_mutation_hook(pod):\n    pod.seen.append(["${who}", pod.spec.security_context is None])\n`;
    const { seen, spec } = hooked('pod(Model(name="base"))', { image: hook('image'), user: hook('user') });
    expect(seen).toEqual([['image', true], ['user', true]]);
    expect(spec).toMatchObject({ security_context: { run_as_non_root: true } });
  });

  test('of the image keep their hook where names of the user look like those of the library', () => {
    const image = 'def pod_mutation_hook(pod):\n    pod.seen.append("image")\n';
    expect(hooked('pod(Model(name="base"))', { image, user: '_image = {}\n_load = None\n' }).seen).toEqual(['image']);
  });
});

describe('the pod of a task', () => {
  const spec = (labels: string, said = '') => settings(`it = pod(Model(name="base")${said})
it.metadata = Model(labels=${labels})
settings.pod_mutation_hook(it)
answer([it.spec.automount_service_account_token, it.spec.enable_service_links])`);

  test('has what is false in the template, which old providers lose', () => {
    expect(spec('{"kubernetes_executor": "True"}')).toEqual([false, false]);
    expect(spec('{"kubernetes_executor": "True"}', ', automount_service_account_token=True, enable_service_links=True')).toEqual([true, true]);
  });

  test('is no pod that an operator starts', () => {
    expect(spec('{"dag_id": "a"}')).toEqual([null, null]);
    expect(spec('None')).toEqual([null, null]);
  });
});

describe('a pod', () => {
  test('that says nothing gets what the level restricted demands', () => {
    expect(hooked('pod(Model(name="base"), init_containers=[Model(name="init")])').spec).toEqual({
      security_context: { run_as_non_root: true, seccomp_profile: { type: 'RuntimeDefault' } },
      init_containers: [{ name: 'init', security_context: HARDENED }],
      containers: [{ name: 'base', security_context: HARDENED }],
    });
  });

  test('keeps what it says', () => {
    const spec = hooked(`pod(
    Model(name="base", security_context=models.V1SecurityContext(allow_privilege_escalation=True, run_as_user=7,
                                                                 capabilities=models.V1Capabilities(add=["NET_ADMIN"], drop=[]))),
    security_context=models.V1PodSecurityContext(run_as_non_root=False, run_as_user=5, seccomp_profile=models.V1SeccompProfile(type="Unconfined")))`).spec;
    expect(spec).toEqual({
      security_context: { run_as_non_root: false, run_as_user: 5, seccomp_profile: { type: 'Unconfined' } },
      containers: [{ name: 'base', security_context: { allow_privilege_escalation: true, run_as_user: 7, capabilities: { add: ['NET_ADMIN'], drop: [] } } }],
    });
  });

  test.each([
    ['NET_BIND_SERVICE', { allow_privilege_escalation: false, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } }],
    ['CHOWN', { allow_privilege_escalation: false, capabilities: { add: ['CHOWN'] } }],
    ['SYS_ADMIN', { capabilities: { add: ['SYS_ADMIN'] } }],
    ['CAP_SYS_ADMIN', { capabilities: { add: ['CAP_SYS_ADMIN'] } }],
  ])('that adds the capability %s is not contradicted', (name, expected) => {
    const { spec } = hooked(`pod(Model(name="base", security_context=models.V1SecurityContext(capabilities=models.V1Capabilities(add=["${name}"]))))`);
    expect((spec as { containers: { security_context: object }[] }).containers[0].security_context).toEqual(expected);
  });

  test('may say it as a dict in the names of the API', () => {
    const { spec } = hooked('pod(Model(name="base", security_context={"runAsUser": 7, "capabilities": {"add": ["NET_BIND_SERVICE"]}}), security_context={"runAsUser": 5})');
    expect(spec).toEqual({
      security_context: { runAsUser: 5, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'base', security_context: { runAsUser: 7, allowPrivilegeEscalation: false, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } }],
    });
  });

  test('that is privileged, or root, is not contradicted', () => {
    const root = hooked('pod(Model(name="base", security_context=models.V1SecurityContext(run_as_user=0)))').spec;
    expect(root).toEqual({
      security_context: { seccomp_profile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'base', security_context: { ...HARDENED, run_as_user: 0 } }],
    });
    const first = hooked('pod(Model(name="base"), init_containers=[Model(name="first", security_context=models.V1SecurityContext(run_as_user=0))])').spec;
    expect(first).toEqual({
      security_context: { seccomp_profile: { type: 'RuntimeDefault' } },
      init_containers: [{ name: 'first', security_context: { ...HARDENED, run_as_user: 0 } }],
      containers: [{ name: 'base', security_context: HARDENED }],
    });
    for (const own of ['{"privileged": True}', 'models.V1SecurityContext(privileged=True)']) {
      // docker:dind is root, though it does not say so.
      expect(hooked(`pod(Model(name="base", security_context=${own}), Model(name="more"))`).spec).toEqual({
        security_context: { seccomp_profile: { type: 'RuntimeDefault' } },
        containers: [{ name: 'base', security_context: { privileged: true } }, { name: 'more', security_context: HARDENED }],
      });
    }
  });

  test('does not change a security context that others share', () => {
    const shared = settings(`
shared = models.V1SecurityContext(run_as_user=7)
settings.pod_mutation_hook(pod(Model(name="base", security_context=shared)))
answer(plain(shared))`);
    expect(shared).toEqual({ run_as_user: 7 });
  });

  test('has a user for the sidecar of XComs, whose image runs as root, unless one is given', () => {
    const sidecar = (made: string) => (hooked(made).spec as { containers: { security_context: object }[] }).containers[0].security_context;
    expect(sidecar('pod(Model(name="airflow-xcom-sidecar"))')).toEqual({ ...HARDENED, read_only_root_filesystem: true, run_as_user: 65534 });
    expect(sidecar('pod(Model(name="airflow-xcom-sidecar"), security_context=models.V1PodSecurityContext(run_as_user=5))')).toEqual({ ...HARDENED, read_only_root_filesystem: true });
    expect(sidecar('pod(Model(name="base"))')).toEqual(HARDENED);
    expect(settings(`
settings.XCOM_SIDECAR_USER = None
it = pod(Model(name="airflow-xcom-sidecar"))
settings.pod_mutation_hook(it)
answer(plain(it.spec.containers[0].security_context))`)).toEqual({ ...HARDENED, read_only_root_filesystem: true });
  });
});

describe('a pod in a namespace of the level', () => {
  const inside = (namespace: string) => settings(`
settings.LEVELS = {"builds": "privileged", "jobs": "baseline"}
it = pod(Model(name="base"), Model(name="airflow-xcom-sidecar"))
it.metadata = Model(namespace="${namespace}")
settings.pod_mutation_hook(it)
answer(plain(it.spec))`);
  const sidecar = { name: 'airflow-xcom-sidecar', security_context: { ...HARDENED, read_only_root_filesystem: true, run_as_user: 65534 } };

  test('privileged is left alone', () => {
    expect(inside('builds')).toEqual({ containers: [{ name: 'base' }, { name: 'airflow-xcom-sidecar' }] });
  });

  test('baseline gets a seccomp profile, and its sidecar of XComs is hardened', () => {
    expect(inside('jobs')).toEqual({ security_context: { seccomp_profile: { type: 'RuntimeDefault' } }, containers: [{ name: 'base' }, sidecar] });
  });

  test('restricted, and of one that nobody told, gets what that demands', () => {
    expect(inside('other')).toMatchObject({ security_context: { run_as_non_root: true }, containers: [{ security_context: HARDENED }, sidecar] });
  });
});

test('a pod of Windows is left alone, since the fields are those of Linux', () => {
  expect(hooked('pod(Model(name="base"), os=Model(name="windows"))').spec).toEqual({ os: { name: 'windows' }, containers: [{ name: 'base' }] });
});

describe('the sessions of a process', () => {
  const named = (argv: string[], given = '') => settings(`import os
sys.argv = ${JSON.stringify(argv)}
os.environ.pop("PGAPPNAME", None)
if "${given}": os.environ["PGAPPNAME"] = "${given}"
os.uname = lambda: types.SimpleNamespace(nodename="airflow-pod-0")
settings._name_sessions()
answer(os.environ.get("PGAPPNAME"))`);

  test.each([
    [['/home/airflow/.local/bin/airflow', 'scheduler'], 'scheduler@airflow-pod-0'],
    [['airflow', 'celery', 'worker', '--queues', 'default'], 'celery-worker@airflow-pod-0'],
    [['airflow', 'api-server', '--workers', '1'], 'api-server@airflow-pod-0'],
    [['airflow', 'users', 'create', '--username', 'admin'], 'users-create@airflow-pod-0'],
    [['airflow', 'db', 'migrate'], 'db-migrate@airflow-pod-0'],
    [['gunicorn', 'airflow.www.app'], null],
    [['airflow'], null],
  ])('of %j are called %s', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  test('keep the name that they were given', () => {
    expect(named(['airflow', 'scheduler'], 'mine')).toBe('mine');
  });

  test('have at most the 63 characters that a Postgres keeps', () => {
    expect((named(['airflow', 'x'.repeat(80)]) as string).length).toBe(63);
  });
});
