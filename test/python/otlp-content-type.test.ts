import { describe, python, scriptText, test, withFiles } from './python';

/** The modules of Airflow 2 that make exporters, as far as the script changes them. */
const AIRFLOW = `
import os, sys, types
class Exporter:
    def __init__(self, endpoint, headers=None): self.told = [endpoint, headers]
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
for name in ["airflow", "airflow.metrics", "airflow.traces"]: module(name)
for package, name, exporter in [("metrics", "otel_logger", "OTLPMetricExporter"), ("traces", "otel_tracer", "OTLPSpanExporter")]:
    module(f"airflow.{package}.{name}", **{exporter: Exporter})
    setattr(sys.modules[f"airflow.{package}"], name, sys.modules[f"airflow.{package}.{name}"])
headers = {"Content-Type": "application/json"}
`;

/** What the exporters of metrics and of traces are told, where the variables are set. */
function told(...variables: string[]): unknown {
  return withFiles({ 'otlp_content_type.py': scriptText('otlp_content_type.py') }, folder => python([
    AIRFLOW,
    ...variables.map(name => `os.environ["${name}"] = "True"`),
    `sys.path.insert(0, "${folder}")`,
    'import otlp_content_type',
    'from airflow.metrics import otel_logger',
    'from airflow.traces import otel_tracer',
    'answer([otel_logger.OTLPMetricExporter(endpoint="m", headers=headers).told, otel_tracer.OTLPSpanExporter(endpoint="t", headers=headers).told])',
  ].join('\n')).value);
}

describe('the exporters of Airflow 2', () => {
  const wrong = { 'Content-Type': 'application/json' };

  test('say what they send, where something is sent', () => {
    expect(told('AIRFLOW__METRICS__OTEL_ON', 'AIRFLOW__TRACES__OTEL_ON')).toEqual([['m', null], ['t', null]]);
    expect(told('AIRFLOW__TRACES__OTEL_ON')).toEqual([['m', wrong], ['t', null]]);
  });

  test('are left alone where nothing is', () => {
    expect(told()).toEqual([['m', wrong], ['t', wrong]]);
  });
});
