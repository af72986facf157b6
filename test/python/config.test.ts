import { App, Chart } from 'cdk8s';
import { python, test } from './python';
import { AirflowConfig, AirflowVersion } from '../../src/index';

const scope = new Chart(new App(), 'chart');

/** What Python's configparser, on which Airflow's builds, reads of a value. */
function readBack(value: string): unknown {
  const config = new AirflowConfig(scope, AirflowVersion.V3_3);
  config.set('core', 'parallelism', value);
  config.set('logging', 'log_format', 'after');
  return python(`
import configparser, os
parser = configparser.ConfigParser()
parser.read_string(os.environ["CFG"])
answer([parser.get("core", "parallelism"), parser.get("logging", "log_format")])`, { CFG: config.toCfg() }).value;
}

test.each(['32', '', '%(asctime)s 100%', 'a = b: c', '#1', 'one\ntwo', 'one\n\nthree', '[core]', 'one\n[logging]\nlog_format = x', '{"a": ["b", "c%d"]}', 'ü'])(
  'the value %j is read as it was set', value => {
    expect(readBack(value)).toEqual([value, 'after']);
  });

test.each(['one\n# two', 'one\n  ;two'])('fails with the value %j, of which a line would be a comment', value => {
  expect(() => readBack(value)).toThrow(
    new Error(`chart: 'config.core.parallelism' must not have a line after the first that begins with '#' or ';', since airflow.cfg has it for a comment, got '${value}'`));
});
