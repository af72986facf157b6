import { describe, python, test } from './python';

/** What a server with the guard answers to requests with these headers. */
function answers(headers: string, own = 'blue-api-server.data.svc', scope = '{"type": "http"}'): unknown {
  return python(`
import asyncio, execution_guard
async def app(scope, receive, send):
    sent.append("through")
async def send(message):
    sent.append([message["type"], message.get("status", message.get("code"))])
guard = execution_guard.ExecutionGuard(app, "${own}")
sent = []
asyncio.run(guard({**${scope}, "headers": [(name.encode(), value.encode()) for name, value in ${headers}]}, None, send))
answer(sent)`).value;
}

const REFUSED = [['http.response.start', 403], ['http.response.body', null]];

describe('the guard of the execution API', () => {
  test.each([
    'blue-api-server', 'blue-api-server.data', 'blue-api-server.data.svc:8080', 'blue-api-server.data.svc.cluster.local:8080', '10.1.2.3:8080', '[fd00::1]:8080', 'localhost:8080',
  ])('lets through what comes to %s', host => {
    expect(answers(`[("host", "${host}"), ("x-forwarded-proto", "http")]`)).toEqual(['through']);
  });

  test.each(['airflow.example.com', 'blue-api-server.data.svcx', 'blue-api', 'xblue-api-server', '', '[', 'green-api-server.data.svc:8080'])(
    "refuses what comes to '%s'", host => {
      expect(answers(`[("host", "${host}")]`)).toEqual(REFUSED);
    });

  test.each(['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded'])('refuses what has passed a proxy, by its %s', header => {
    expect(answers(`[("host", "blue-api-server.data.svc:8080"), ("${header}", "1.2.3.4")]`)).toEqual(REFUSED);
  });

  test('refuses a request without a host, and a websocket from outside', () => {
    expect(answers('[]')).toEqual(REFUSED);
    expect(answers('[("host", "airflow.example.com")]', undefined, '{"type": "websocket"}')).toEqual([['websocket.close', 1008]]);
  });

  test('lets the start and the end of the server through', () => {
    expect(answers('[]', undefined, '{"type": "lifespan"}')).toEqual(['through']);
  });

  test('is added to the app that Airflow mounts as the execution API, and to no other', () => {
    const { value } = python(`
import sys, types
class FastAPI:
    def __init__(self): self.added, self.mounted = [], []
    def mount(self, path, app, name=None): self.mounted.append([path, name])
    def add_middleware(self, middleware, **options): self.added.append([middleware.__name__, options])
fastapi, airflow, configuration = types.ModuleType("fastapi"), types.ModuleType("airflow"), types.ModuleType("airflow.configuration")
fastapi.FastAPI = FastAPI
configuration.conf = types.SimpleNamespace(get=lambda section, option: {"core.execution_api_server_url": "http://blue-api-server.data.svc:8080/blue/execution/"}[section + "." + option])
sys.modules.update({"fastapi": fastapi, "airflow": airflow, "airflow.configuration": configuration})
import execution_guard
execution_guard.install()
server, execution, auth = FastAPI(), FastAPI(), FastAPI()
server.mount("/execution", execution)
server.mount("/auth", auth, name="auth")
answer([server.mounted, execution.added, auth.added, server.added])`);
    expect(value).toEqual([
      [['/execution', null], ['/auth', 'auth']], [['ExecutionGuard', { own: 'blue-api-server.data.svc' }]], [], [],
    ]);
  });
});
