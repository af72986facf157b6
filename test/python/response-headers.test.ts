import { describe, python, scriptText, test, withFiles } from './python';

/** A uvicorn and a Flask, as far as the script changes them, and the version of Airflow. */
const SERVERS = (version: string) => `
import os, sys, types
class Config:
    def __init__(self, app, headers=None): self.headers = headers or []
class Response:
    def __init__(self): self.headers = {"Content-Type": "text/html", "X-Frame-Options": "DENY"}
class Flask:
    def process_response(self, response): return response
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
module("airflow", __version__="${version}")
module("uvicorn")
module("uvicorn.config", Config=Config)
module("flask", Flask=Flask)
`;
const HEADERS = '{"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "same-origin"}';

/** Loads the script as the local settings do, and runs code. */
function loaded(version: string, code: string, headers?: string): unknown {
  return withFiles({ 'response_headers.py': scriptText('response_headers.py') }, folder => python([
    SERVERS(version), ...headers === undefined ? [] : [`os.environ["CDK8S_AIRFLOW_HEADERS"] = '${headers}'`],
    `sys.path.insert(0, "${folder}")`, 'import response_headers', code,
  ].join('\n')).value);
}

describe('the headers of responses', () => {
  test('join those of uvicorn, for each configuration of a server', () => {
    const all = loaded('3.3.2', 'answer([Config("app").headers, Config("app", headers=[("A", "b")]).headers])', HEADERS);
    const own = [['X-Frame-Options', 'SAMEORIGIN'], ['Referrer-Policy', 'same-origin']];
    expect(all).toEqual([own, [['A', 'b'], ...own]]);
  });

  test('replace those of Flask', () => {
    expect(loaded('2.11.2', 'answer(Flask().process_response(Response()).headers)', HEADERS)).toEqual({
      'Content-Type': 'text/html', 'X-Frame-Options': 'SAMEORIGIN', 'Referrer-Policy': 'same-origin',
    });
  });

  test('are none in a pod without the variable', () => {
    expect(loaded('3.3.2', 'answer(Config("app").headers)')).toEqual([]);
  });
});
