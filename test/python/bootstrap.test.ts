import { describe, python, test } from './python';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: { readonly [field: string]: unknown };
}

/** What `ensure` asks of an API that has these Secrets, in order; generated values are replaced by their lengths. */
function ensure(there: object | null, data: object, metadata: object = { labels: { a: 'b' } }): { calls: Call[]; printed: string[] } {
  const { value, printed } = python(`
import bootstrap_secrets as bootstrap
there = json.loads('''${JSON.stringify(there)}''')
calls = []
def call(method, path, body=None):
    if "stringData" in (body or {}): body = {**body, "stringData": {key: len(made) for key, made in body["stringData"].items()}}
    calls.append({"method": method, "path": path, **({} if body is None else {"body": body})})
    return there if method == "GET" else body
bootstrap.call, bootstrap.read = call, {"namespace": "data"}.get
bootstrap.ensure("keys", json.loads('''${JSON.stringify(metadata)}'''), json.loads('''${JSON.stringify(data)}'''))
answer(calls)`);
  return { calls: value as Call[], printed };
}

describe('the kinds of value', () => {
  test('are a Fernet key of 32 bytes, a token of 64 and a password that a URL can hold', () => {
    const { value } = python(`
import base64, bootstrap_secrets as bootstrap
kinds = bootstrap.KINDS
token = kinds["token"]()
answer({
    "kinds": sorted(kinds),
    "fernet": len(base64.urlsafe_b64decode(kinds["fernet"]())),
    "token": len(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))),
    "password": [kinds["password"]().isalnum(), len(kinds["password"]())],
    "different": len({kinds[kind]() for kind in kinds for _ in range(50)}),
})`);
    expect(value).toEqual({ kinds: ['fernet', 'password', 'token'], fernet: 32, token: 64, password: [true, 32], different: 150 });
  });
});

const labeled = { labels: { a: 'b', more: 'of others' } };

describe('a Secret', () => {
  const path = '/api/v1/namespaces/data/secrets';

  test('that is not there is made with every key', () => {
    const { calls, printed } = ensure(null, { 'fernet-key': 'fernet', 'password': 'password' });
    expect(calls).toEqual([
      { method: 'GET', path: `${path}/keys` },
      {
        method: 'POST',
        path,
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', labels: { a: 'b' } }, stringData: { 'fernet-key': 44, 'password': 32 } },
      },
    ]);
    expect(printed).toEqual(['created Secret keys with fernet-key, password']);
  });

  test('that is complete is left alone, so that a second run does nothing', () => {
    const { calls, printed } = ensure({ metadata: labeled, data: { 'fernet-key': 'eA==', 'password': 'eA==', 'more': 'eA==' } }, { 'fernet-key': 'fernet', 'password': 'password' });
    expect(calls.map(call => call.method)).toEqual(['GET']);
    expect(printed).toEqual(['Secret keys exists, nothing to do']);
  });

  test('that lacks a key gets that key and no other', () => {
    const { calls, printed } = ensure({ metadata: labeled, data: { password: 'eA==' } }, { 'fernet-key': 'fernet', 'password': 'password' });
    expect(calls.slice(1)).toEqual([{ method: 'PATCH', path: `${path}/keys`, body: { stringData: { 'fernet-key': 44 } } }]);
    expect(printed).toEqual(['Secret keys exists; added fernet-key']);
  });

  test('that is empty gets every key', () => {
    expect(ensure({ metadata: labeled }, { password: 'password' }).calls[1]).toEqual({ method: 'PATCH', path: `${path}/keys`, body: { stringData: { password: 32 } } });
  });

  test('that lacks a label or an annotation gets it, and keeps those of others', () => {
    const wanted = { labels: { a: 'b' }, annotations: { copy: 'yes', to: 'all' } };
    const { calls, printed } = ensure({ metadata: { ...labeled, annotations: { copy: 'no' } }, data: { key: 'eA==' } }, { key: 'token' }, wanted);
    expect(calls.slice(1)).toEqual([{ method: 'PATCH', path: `${path}/keys`, body: { metadata: { annotations: { copy: 'yes', to: 'all' } } } }]);
    expect(printed).toEqual(['Secret keys exists; added annotations']);
  });

  test.each(['fernet', 'token', 'password'])('never has its %s printed', kind => {
    const { printed } = ensure(null, { key: kind });
    expect(printed.join('\n')).toBe('created Secret keys with key');
  });
});

describe('the Kubernetes API', () => {
  const ENV = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

  /** What is sent for a call, with a token of `token-of-mine`. */
  function sent(call: string, env = ENV): unknown {
    return python(`
import io, bootstrap_secrets as bootstrap
bootstrap.read = lambda name: name + "-of-mine"
def open_when_reachable(request):
    answer([request.method, request.full_url, request.headers, request.data and request.data.decode()])
    return io.StringIO("{}")
bootstrap.open_when_reachable = open_when_reachable
bootstrap.call(${call})`, env).value;
  }

  test('is asked with the token of the account', () => {
    expect(sent('"GET", "/version"')).toEqual(
      ['GET', 'https://10.96.0.1:443/version', { 'Authorization': 'Bearer token-of-mine', 'Content-type': 'application/json' }, null]);
  });

  test('takes a patch as such, and may have an address of IPv6', () => {
    const [, url, headers, body] = sent('"PATCH", "/x", {"a": 1}', { ...ENV, KUBERNETES_SERVICE_HOST: 'fd00::1' }) as unknown[];
    expect(url).toBe('https://[fd00::1]:443/x');
    expect(headers).toMatchObject({ 'Content-type': 'application/strategic-merge-patch+json' });
    expect(body).toBe('{"a": 1}');
  });

  const refusing = (method: string, code: number) => `
import io, urllib.error, bootstrap_secrets as bootstrap
bootstrap.read = lambda name: name
def refuse(request): raise urllib.error.HTTPError(request.full_url, ${code}, "no", {}, io.BytesIO(b"secrets is forbidden"))
bootstrap.open_when_reachable = refuse
answer(bootstrap.call("${method}", "/x"))`;

  test('says by 404 that there is nothing', () => {
    expect(python(refusing('GET', 404), ENV).value).toBeNull();
  });

  test.each([['GET', 403], ['POST', 404], ['PATCH', 409]])('fails in its own words when it refuses (%s, %d)', (method, code) => {
    expect(() => python(refusing(method, code), ENV)).toThrow(`python3 ended with 1: ${method} /x: ${code} secrets is forbidden\n`);
  });

  const reaching = (failures: number, tries: number) => `
import bootstrap_secrets as bootstrap
bootstrap.ssl.create_default_context = lambda cafile: cafile
slept, failures = [], [OSError("no route")] * ${failures}
def direct(context):
    def urlopen(request, timeout):
        if failures: raise failures.pop()
        return [request, context, timeout]
    return urlopen
bootstrap.direct, bootstrap.time.sleep = direct, slept.append
answer([bootstrap.open_when_reachable("request", ${tries}), slept])`;

  test('is asked directly, though the environment has a proxy for everything', () => {
    const { value } = python(`
import os, threading, http.server, bootstrap_secrets as bootstrap
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(self.path.encode())
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ.update(http_proxy="http://127.0.0.1:1", no_proxy="")
answer(bootstrap.direct(None)(f"http://127.0.0.1:{server.server_port}/version", timeout=5).read().decode())`);
    expect(value).toBe('/version');
  });

  test('is tried again when the network comes up after the pod', () => {
    const certificate = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
    expect(python(reaching(2, 3)).value).toEqual([['request', certificate, 10], [1, 1]]);
  });

  test('fails when it stays away', () => {
    expect(() => python(reaching(3, 3))).toThrow('python3 ended with 1: the Kubernetes API does not answer: no route\n');
  });

  test.each([['1', '29'], ['1', '33+'], ['2', '0']])('may be of Kubernetes %s.%s', (major, minor) => {
    const version = JSON.stringify({ major, minor, gitVersion: 'x' });
    expect(python(`import bootstrap_secrets\nbootstrap_secrets.check_version(json.loads('${version}'))\nanswer("fine")`).value).toBe('fine');
  });

  test('fails when it is too old for native sidecars', () => {
    const version = JSON.stringify({ major: '1', minor: '28+', gitVersion: 'v1.28.3' });
    expect(() => python(`import bootstrap_secrets\nbootstrap_secrets.check_version(json.loads('${version}'))`)).toThrow(
      'python3 ended with 1: Kubernetes v1.28.3 is too old: native sidecars need 1.29 or newer\n');
  });
});
