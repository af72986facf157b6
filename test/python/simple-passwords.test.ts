import { describe, python, test } from './python';

describe('the passwords', () => {
  test('are written for nobody but the user, in the form that Airflow reads', () => {
    const { value } = python(`
import os, stat, tempfile, simple_passwords as simple
folder = tempfile.mkdtemp(); path = folder + "/passwords.json"
simple.write(path, json.dumps(simple.passwords(["jane", "joe"], {"CDK8S_AIRFLOW_PASSWORD_0": "a b\\n", "CDK8S_AIRFLOW_PASSWORD_1": "é"})))
mode = oct(stat.S_IMODE(os.stat(path).st_mode))
simple.write(path, "{}")
answer([json.loads(json.dumps(simple.passwords(["jane", "joe"], {"CDK8S_AIRFLOW_PASSWORD_0": "a b\\n", "CDK8S_AIRFLOW_PASSWORD_1": "é"}))), mode, open(path).read()])`);
    expect(value).toEqual([{ jane: 'a b', joe: 'é' }, '0o600', '{}']);
  });

  test('are refused when they are empty, by the names of the users', () => {
    expect(() => python('import simple_passwords\nsimple_passwords.passwords(["a", "b", "c"], {"CDK8S_AIRFLOW_PASSWORD_0": "x", "CDK8S_AIRFLOW_PASSWORD_1": " "})'))
      .toThrow('python3 ended with 1: the password of b, c is empty; write it into its Secret\n');
  });
});
