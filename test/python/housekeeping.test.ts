import { describe, python, test } from './python';

/** A Kubernetes API that holds objects, and deletes them. */
const cluster = (items: string, more = '') => `
import datetime, sys, types
import housekeeping
NOW = datetime.datetime(2026, 1, 10, 12, 0, tzinfo=datetime.timezone.utc)
items = ${items}
class Kubernetes:
    now = NOW
    def list(self, path, selector):
        asked.append([path, selector])
        yield from items
    def delete(self, path, item, propagation=None):
        deleted.append(item["metadata"]["name"])
        return item["metadata"]["name"] not in changed
asked, deleted, changed = [], [], []
def ago(**time):
    return (NOW - datetime.timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")
${more}
`;

describe('the Kubernetes API', () => {
  const api = (answers: string, use: string) => python(`
import email.message, io, json, urllib.error
import housekeeping
waits = []
class Answer(io.BytesIO):
    headers = {"Date": "Sat, 10 Jan 2026 12:00:00 GMT"}
def status(code, **headers):
    message = email.message.Message()
    for name, value in headers.items(): message[name.replace("_", "-")] = value
    return urllib.error.HTTPError("", code, "", message, io.BytesIO(b"no"))
answers = ${answers}
kubernetes = object.__new__(housekeeping.Kubernetes)
kubernetes.now, kubernetes.pause = None, lambda seconds: waits.append(int(seconds))
kubernetes.request = lambda *request: seen.append(request)
seen = []
def open(request, timeout):
    answer = answers.pop(0)
    if isinstance(answer, Exception): raise answer
    return Answer(json.dumps(answer).encode())
kubernetes.open = open
pod = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "7"}}
try:
    value = ${use}
except SystemExit as end:
    value = str(end)
answer([value, waits, seen])`).value as [unknown, number[], unknown[]];

  test('reads a list page by page, and again from its begin when it has expired', () => {
    const page = (name: string, token: string) => `{"items": [{"name": "${name}"}], "metadata": {"continue": "${token}"}}`;
    const [value, waits, seen] = api(`[${page('a', 't/1')}, status(410), ${page('a', 't2')}, ${page('b', '')}]`,
      '[[item["name"] for item in kubernetes.list("/pods", "a=b")], str(kubernetes.now)]');
    expect(value).toEqual([['a', 'a', 'b'], '2026-01-10 12:00:00+00:00']);
    expect(waits).toEqual([]);
    const first = '/pods?labelSelector=a%3Db&limit=500';
    expect(seen.map(one => (one as string[])[1])).toEqual([first, `${first}&continue=t%2F1`, first, `${first}&continue=t2`]);
  });

  test('waits as long as a busy server asks for, and longer each time where it does not ask', () => {
    const [value, waits] = api('[status(429, Retry_After="7"), status(503), OSError("refused"), {}]', 'kubernetes.delete("/pods", pod)');
    expect([value, waits]).toEqual([true, [7, 4, 3]]);
  });

  test('deletes what it has read, and leaves what has changed since or is gone', () => {
    const [value, , seen] = api('[{}, status(409), status(404)]', '[kubernetes.delete("/pods", pod, "Background") for _ in range(3)]');
    expect(value).toEqual([true, false, false]);
    expect(seen[0]).toEqual(['DELETE', '/pods/a', {
      apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: '1', resourceVersion: '7' }, propagationPolicy: 'Background',
    }]);
  });

  test('fails for a right that is missing, and for a server that is away', () => {
    expect(api('[status(403)]', 'kubernetes.delete("/pods", pod)')[0]).toBe(
      'DELETE /pods/a: 403 no; its Role must allow it, see the docs of AirflowHousekeeping');
    const [value, waits] = api('[OSError("refused")] * 8', 'kubernetes.call("GET", "/pods")');
    expect([value, waits]).toEqual(['the Kubernetes API does not answer: refused', [1, 2, 3, 4, 5, 6, 7]]);
    expect(api('[status(410)] * 9', 'list(kubernetes.list("/pods", "a=b"))')[0]).toBe('GET /pods: the list expired 9 times before its end');
  });
});

describe('the metadata database', () => {
  const database = (dialect: string, use: string) => python(`
import contextlib, types
import housekeeping
class OperationalError(Exception): pass
class Connection:
    def exec_driver_sql(self, text): said.append(text)
    def execute(self, statement):
        said.append(statement)
        if statement == "locked": raise OperationalError("lock timeout\\n[SQL: ...]")
        return types.SimpleNamespace(first=lambda: ("row",))
class Engine:
    dialect = types.SimpleNamespace(name="${dialect}")
    @contextlib.contextmanager
    def begin(self): yield Connection()
said = []
database = object.__new__(housekeeping.Database)
database.sa, database.engine = types.SimpleNamespace(exc=types.SimpleNamespace(OperationalError=OperationalError)), Engine()
database.postgres = database.engine.dialect.name == "postgresql"
try:
    value = ${use}
except SystemExit as end:
    value = str(end)
answer([value, said])`).value;

  test('limits each transaction for itself, since a pooler hands the session on', () => {
    expect(database('postgresql', 'database.first("select")')).toEqual([['row'], [
      "SET LOCAL statement_timeout = '60s'", "SET LOCAL lock_timeout = '60s'", 'select',
    ]]);
    expect(database('mysql', 'database.first("select")')).toEqual([['row'], ['select']]);
  });

  test('fails for a table that stays locked, in one line', () => {
    expect((database('mysql', 'database.first("locked")') as unknown[])[0]).toBe(
      "the database can't be read: lock timeout; nothing more is deleted, the next run tries again");
  });
});

test('fails for clocks that differ', () => {
  const { value } = python(`
import datetime, housekeeping
def ends(seconds):
    try:
        housekeeping.check_clock("the database", datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds))
    except SystemExit as end:
        return str(end)
answer([ends(-290), ends(290), ends(310)])`);
  const [behind, ahead, wrong] = value as string[];
  expect([behind, ahead]).toEqual([null, null]);
  expect(wrong).toMatch(/^the clock of this pod says \S+Z and that of the database \S+Z; correct the clock of the node, nothing was deleted$/);
});

describe('clean_pods', () => {
  const POD = `
def pod(name, phase, ended=None, created=ago(days=2), worker="9", task="a", number="1", **metadata):
    statuses = [{"state": {"terminated": {"finishedAt": ended}}}] if ended else []
    return {"metadata": {"name": name, "uid": name, "resourceVersion": "1", "creationTimestamp": created,
                         "labels": {"airflow-worker": worker} if worker else {},
                         "annotations": {"dag_id": "d", "task_id": task, "run_id": "r", "try_number": number}, **metadata},
            "status": {"phase": phase, "containerStatuses": statuses}}
class Tasks:
    def schedulers(self): return {"1"}
    def is_over(self, annotations): return annotations.get("task_id") == "over"
import clean_pods
def clean(**options):
    clean_pods.Cleaner(Kubernetes(), {"instance": "i", "namespaces": ["a"], "finished": 3600, "orphans": 3600, "dryRun": False, **options}, Tasks).run()
    answer([deleted, asked])
`;
  const clean = (pods: string, options = '') => {
    const { value, printed } = python(`${cluster('[]', POD)}\nitems += [${pods}]\nclean(${options})`);
    const [deleted, asked] = value as [string[], string[][]];
    return { deleted, asked, printed };
  };

  test('deletes pods of its executor that have ended long ago', () => {
    const { deleted, asked, printed } = clean(`pod("old", "Succeeded", ago(hours=2)), pod("failed", "Failed", ago(hours=2)), pod("young", "Succeeded", ago(minutes=59)),
      pod("running", "Running", worker="1"), pod("evicted", "Failed")`);
    expect(deleted).toEqual(['old', 'failed', 'evicted']);
    expect(asked).toEqual([['/api/v1/namespaces/a/pods', 'kubernetes_executor=True,app.kubernetes.io/instance=i,app.kubernetes.io/component=task']]);
    expect(printed).toEqual(['deleted 3 finished and 0 orphaned pods']);
  });

  test('deletes orphans, and no pod whose scheduler or task still lives', () => {
    const { deleted } = clean(`pod("orphan", "Running", task="over"), pod("pending", "Pending", task="over"), pod("adopted", "Running", task="over", worker="1"),
      pod("waiting", "Running"), pod("young", "Running", task="over", created=ago(minutes=9)), pod("foreign", "Running", task="over", worker=None)`);
    expect(deleted).toEqual(['orphan', 'pending']);
    expect(clean('pod("orphan", "Running", task="over")', 'orphans=None').deleted).toEqual([]);
  });

  test('says which pods wait for a finalizer, and deletes nothing in a dry run', () => {
    const { deleted, printed } = clean('pod("stuck", "Succeeded", ago(hours=5), deletionTimestamp=ago(hours=2), finalizers=["acme/wait"])');
    expect(deleted).toEqual([]);
    expect(printed).toEqual(['stuck has been terminating since 2026-01-10T10:00:00Z; it waits for its finalizers acme/wait', 'deleted 0 finished and 0 orphaned pods']);
    expect(clean('pod("old", "Succeeded", ago(hours=2))', 'dryRun=True')).toMatchObject({ deleted: [], printed: ['would delete 1 finished and 0 orphaned pods'] });
  });
});

describe('clean_jobs', () => {
  const clean = (jobs: string, dryRun = 'False') => {
    const { value, printed } = python(`${cluster('[]', `
def job(name, component, created, ended="Complete", **metadata):
    conditions = [{"type": ended, "status": "True", "lastTransitionTime": created}] if ended else []
    return {"metadata": {"name": name, "uid": name, "resourceVersion": "1", "creationTimestamp": created,
                         "labels": {"app.kubernetes.io/component": component}, **metadata}, "status": {"conditions": conditions}}`)}
import clean_jobs
items += [${jobs}]
clean_jobs.main(Kubernetes(), {"instance": "i", "namespace": "a", "retention": 86400, "keep": ["i-migration-00000a"], "dryRun": ${dryRun}})
answer([deleted, asked])`);
    const [deleted, asked] = value as [string[], string[][]];
    return { deleted, asked, printed };
  };
  const JOBS = `job("i-migration-00000a", "migration", ago(days=9)), job("i-migration-00000b", "migration", ago(days=8)),
    job("i-migration-00000c", "migration", ago(days=7), "Failed"), job("i-migration-00000d", "migration", ago(days=6), None),
    job("i-migration-00000e", "migration", ago(hours=6)), job("i-pools-00000f", "pools", ago(days=9)),
    job("i-mine", "mine", ago(days=9)), job("i-mine-2", "mine", ago(days=10)),
    job("i-clean-jobs-000001", "clean-jobs", ago(days=9), ownerReferences=[{}]), job("i-clean-jobs-000002", "clean-jobs", ago(days=8), ownerReferences=[{}])`;

  test('keeps the Jobs of the YAML, the newest of each component, and what has not ended long ago', () => {
    const { deleted, asked, printed } = clean(JOBS);
    expect(deleted).toEqual(['i-migration-00000b', 'i-migration-00000c']);
    expect(asked).toEqual([['/apis/batch/v1/namespaces/a/jobs', 'app.kubernetes.io/instance=i,app.kubernetes.io/managed-by=cdk8s-airflow']]);
    expect(printed).toEqual(['deleted i-migration-00000b', 'deleted i-migration-00000c', 'deleted 2 Jobs']);
  });

  test('deletes nothing in a dry run', () => {
    expect(clean(JOBS, 'True')).toMatchObject({ deleted: [], printed: ['would delete i-migration-00000b', 'would delete i-migration-00000c', 'would delete 2 Jobs'] });
  });
});

describe('clean_xcoms', () => {
  const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const clean = (dryRun = 'False') => python(`
import datetime, clean_xcoms
NOW = datetime.datetime(2026, 1, 10, tzinfo=datetime.timezone.utc)
old, young = NOW - datetime.timedelta(days=9), NOW - datetime.timedelta(hours=1)
objects = {
    "b/x/d/gone/t/${UUID}": {"LastModified": old}, "b/x/d/gone/t/${UUID}.gz": {"updated": "2026-01-01T00:00:00Z"},
    "b/x/d/there/t/${UUID}": {"LastModified": old}, "b/x/d/new/t/${UUID}": {"mtime": young.timestamp()},
    "b/x/e/mixed/t/${UUID}": {"LastModified": old}, "b/x/e/mixed/t/report.csv": {"LastModified": old},
    "b/x/e/timeless/t/${UUID}": {}, "b/x/file": {"LastModified": old},
}
class Files:
    def ls(self, path, detail):
        if path == "b/x/none": raise FileNotFoundError
        names = {name[len(path) + 1:].split("/")[0] for name in objects if name.startswith(path + "/")}
        return [{"name": f"{path}/{name}", "type": "file" if f"{path}/{name}" in objects else "directory"} for name in sorted(names)]
    def find(self, path, detail):
        return {name: info for name, info in objects.items() if name.startswith(path + "/")}
    def rm(self, paths):
        removed.extend(paths)
class Runs:
    now = NOW
    def exists(self, dag, run): return run == "there"
removed = []
clean_xcoms.main({"retention": 86400, "dryRun": ${dryRun}}, Files(), "b/x", Runs())
answer([removed, list(clean_xcoms.folders(Files(), "b/x/none"))])`);

  test('deletes the old XComs of runs that are gone, and nothing that is no XCom', () => {
    expect(clean()).toEqual({ value: [[`b/x/d/gone/t/${UUID}`, `b/x/d/gone/t/${UUID}.gz`], []], printed: ['deleted 2 XComs'] });
    expect(clean('True')).toEqual({ value: [[], []], printed: ['would delete 2 XComs'] });
  });
});
