import { describe, python, test } from './python';

/** Alembic's folder with the revisions a, b and c in a row, of Airflow 9.2 to 9.4. */
const SCRIPT = `
import types, sys
migrate = sys.modules["migrate"] = types.ModuleType("migrate")
import downgrade
parents = {"a": None, "b": "a", "c": "b"}
revision = lambda name: types.SimpleNamespace(revision=name, down_revision=parents[name])
script = types.SimpleNamespace(walk_revisions=lambda: [revision(name) for name in parents], get_revision=revision)
def needed(current, target):
    try:
        return downgrade.is_needed(script, current, target, "9.2", "9.4")
    except downgrade.Refused as refused:
        return str(refused)
`;

function needed(current: string | null, target: string | null): unknown {
  const py = (text: string | null) => (text === null ? 'None' : JSON.stringify(text));
  return python(`${SCRIPT}\nanswer(needed(${py(current)}, ${py(target)}))`).value;
}

describe('the runs without a logical date', () => {
  const check = (count: number, tables: string[]) => python(`${SCRIPT}
try:
    downgrade.check_runs("2.11.2", ${count}, ${JSON.stringify(tables)})
    answer(None)
except downgrade.Refused as refused:
    answer(str(refused))`);
  const MOVED = '_airflow_moved__3_0_0__offending_dag_run';

  test('are told before Airflow moves them', () => {
    expect(check(3, ['dag_run'])).toEqual({
      value: null, printed: [`Airflow 2.11.2 cannot store 3 runs without a logical date: they move into the table ${MOVED}, their tasks are deleted`],
    });
    expect(check(0, ['dag_run', MOVED])).toEqual({ value: null, printed: [] });
  });

  test('fails where the table of an earlier downgrade is in their way', () => {
    expect(check(3, ['dag_run', MOVED]).value).toBe(
      `Airflow would move 3 runs without a logical date into the table ${MOVED}, which is there already from an earlier downgrade; drop it, or rename it`);
  });
});

describe('the revision of a version', () => {
  test.each([['2.10.5', 'c'], ['2.10.3', 'c'], ['2.10.2', 'b'], ['2.11.0', 'c'], ['3.2.1', 'd'], ['2.9.9', 'a'], ['2.8.0', null]])('%s is %s', (version, expected) => {
    const heads = '{"2.9.0": "a", "2.10.0": "b", "2.10.3": "c", "3.0.0": "d"}';
    expect(python(`${SCRIPT}\nanswer(downgrade.revision_of("${version}", ${heads}))`).value).toBe(expected);
  });
});

describe('the downgrade', () => {
  test('takes a newer database back, and leaves that of the version alone', () => {
    expect([needed('c', 'a'), needed('c', 'b'), needed('a', 'a')]).toEqual([true, true, false]);
  });

  test.each([
    [null, 'a', 'the database has no tables of Airflow, so there is nothing to take back'],
    ['x', 'a', "Airflow 9.4 does not know the database's revision x; use the image of the version that migrated it"],
    ['c', null, 'Airflow 9.4 has no way back to 9.2; restore the backup from before the upgrade'],
    ['c', 'z', 'Airflow 9.4 has no way back to 9.2; restore the backup from before the upgrade'],
    ['a', 'b', 'the database, at revision a, is older than that of 9.2, b; upgrade instead'],
  ])('fails from %s to %s before it changes anything', (current, target, message) => {
    expect(needed(current, target)).toBe(message);
  });
});
