import { describe, python, test } from './python';

/** Airflow with these bags by the name of their bundle,. */
function checked(bags: { readonly [bundle: string]: { readonly [file: string]: string } }): { printed: string[]; value: unknown } {
  return python(`
import sys, types
import check_dags
bags = json.loads('''${JSON.stringify(bags)}''')
class Bag:
    def __init__(self, errors): self.dags, self.import_errors = {"a": 1}, errors
check_dags.bags = lambda: ((name, Bag(errors)) for name, errors in bags.items())
calls = []
check_dags.enter = calls.append
check_dags.main()
answer(calls)`, { CDK8S_AIRFLOW_JOB: 'check-1' });
}

describe('check_dags', () => {
  test('enters the Job where all files can be imported', () => {
    expect(checked({ team: {}, other: {} })).toEqual({
      printed: ['team: 1 DAGs, 0 import errors', 'other: 1 DAGs, 0 import errors', 'all DAGs can be imported'], value: ['check-1'],
    });
  });

  test('fails where one cannot, and names it with its error', () => {
    expect(() => checked({ team: { '/dags/a.py': 'ImportError: no module' }, other: {} })).toThrow(
      /\/dags\/a\.py:\nImportError: no module\n1 files cannot be imported: correct them, or leave out 'jobs\.checkDags'\. The components of this rollout wait\n$/);
  });

  test('reads every bundle of Airflow 3, and the one folder of Airflow 2', () => {
    const { value } = python(`
import sys, types
import check_dags
def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
for name in ("airflow", "airflow.models", "airflow.dag_processing", "airflow.dag_processing.bundles"): module(name)
class Bag:
    def __init__(self, *args, **kwargs): self.got = [*args, *sorted(kwargs)]
module("airflow.models.dagbag", DagBag=Bag)
two = [(name, bag.got) for name, bag in check_dags.bags()]
class Bundle:
    name, path, ready = "team", "/bundles/team", False
    def initialize(self): Bundle.ready = True
class Manager:
    def get_all_dag_bundles(self): return [Bundle()]
module("airflow.dag_processing.bundles.manager", DagBundlesManager=Manager)
early = [(name, bag.got) for name, bag in check_dags.bags()]
module("airflow.dag_processing.dagbag", BundleDagBag=Bag)
three = [(name, bag.got) for name, bag in check_dags.bags()]
answer([two, early, three, Bundle.ready, "/bundles/team" in sys.path])`);
    expect(value).toEqual([
      [['dags', ['include_examples']]],
      [['team', ['/bundles/team', 'include_examples']]],
      [['team', ['/bundles/team', 'bundle_name', 'bundle_path']]],
      true,
      true,
    ]);
  });
});
