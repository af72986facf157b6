import { describe, python, scriptText, test, withFiles } from './python';

/** A uvicorn, as far as the script changes it. */
const SERVER = `
import asyncio, os, sys, types
class Server:
    def __init__(self): self.config = types.SimpleNamespace(encoded_headers=[(b"a", b"b")])
    async def on_tick(self, counter): return counter > 1
for name, members in {"uvicorn": {}, "uvicorn.server": {"Server": Server}}.items():
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
mark = "mark-of-a-server"
def headers(server): return [[name.decode(), value.decode()] for name, value in server.config.encoded_headers]
def tick(server, counter=0): return asyncio.run(server.on_tick(counter))
`;

/** Loads the script as the local settings do, and runs code in its folder. */
function loaded(code: string, variable = 'CDK8S_AIRFLOW_DRAIN'): unknown {
  return withFiles({ 'drain.py': scriptText('drain.py') }, folder => python([
    SERVER, `os.chdir("${folder}"); sys.path.insert(0, "${folder}"); os.environ["${variable}"] = mark`, 'open(mark, "w").close()', 'import drain', code,
  ].join('\n')).value);
}

describe('a server that will end', () => {
  test('closes the connection of each answer once the file is there', () => {
    const seen = loaded('server = Server(); tick(server); before = headers(server); open(mark, "w").close(); tick(server); tick(server); answer([before, headers(server)])');
    expect(seen).toEqual([[['a', 'b']], [['a', 'b'], ['connection', 'close']]]);
  });

  test('ignores the file of a container that has ended', () => {
    expect(loaded('answer(os.path.exists(mark))')).toBe(false);
  });

  test('still does what Uvicorn does', () => {
    expect(loaded('answer([tick(Server(), 1), tick(Server(), 2)])')).toEqual([false, true]);
  });

  test('is left alone without the variable', () => {
    expect(loaded('server = Server(); tick(server); answer(headers(server))', 'OTHER')).toEqual([['a', 'b']]);
  });
});
