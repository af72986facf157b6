import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { python, test as pythonTest } from './python';

const HOST = 'airflow-api-server.airflow.svc';

/** Certificates of throw-away authorities: each is a folder with `tls.crt` and `tls.key`; an authority is `<name>.crt`. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-'));
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

function hasOpenssl(): boolean {
  try {
    openssl('version');
    return true;
  } catch {
    return false;
  }
}

const test = hasOpenssl() ? pythonTest : pythonTest.skip;

function authority(name: string): void {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`,
    '-days', '2', '-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign');
}

function issue(name: string, ca: string, host: string, purpose = 'serverAuth', days = '1'): void {
  fs.writeFileSync(path.join(folder, 'extensions'), `subjectAltName=DNS:${host}\nextendedKeyUsage=${purpose}\nkeyUsage=digitalSignature\n`
    + 'authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', days, '-extfile', 'extensions', '-out', `${name}.crt`);
}

beforeAll(() => {
  if (!hasOpenssl()) { return; }
  for (const name of ['ours', 'theirs']) { authority(name); }
  issue('first', 'ours', HOST);
  issue('second', 'ours', HOST);
  issue('foreign', 'theirs', HOST);
  issue('other-host', 'ours', 'elsewhere.airflow.svc');
  issue('expired', 'ours', HOST, 'serverAuth', '0');
  issue('task', 'ours', 'task', 'clientAuth');
  issue('next-task', 'ours', 'next-task', 'clientAuth');
  issue('their-task', 'theirs', 'their-task', 'clientAuth');
  fs.writeFileSync(path.join(folder, 'both.crt'), ['ours', 'theirs'].map(name => fs.readFileSync(path.join(folder, `${name}.crt`), 'utf8')).join(''));
  fs.writeFileSync(path.join(folder, 'half.crt'), fs.readFileSync(path.join(folder, 'second.crt')).subarray(0, 300));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** What every scenario needs: folders as kubelet makes them, and connections in memory. */
const START = `
import os, shutil, ssl, tempfile
import tls_files as tls
made, count = ${JSON.stringify(folder)}, 0
tls.HOST = ${JSON.stringify(HOST)}
tls.Server.folder, tls.Client.folder = tempfile.mkdtemp(), tempfile.mkdtemp()
said = []
tls._say = lambda text: said.append(text.replace(tls.Server.folder, "SERVER").replace(tls.Client.folder, "CLIENT"))

def put(folder, **files):
    """All files at once, by a link, as kubelet does."""
    global count
    count += 1
    os.mkdir(f"{folder}/..{count}")
    for name, file in files.items():
        name = {"crt": "tls.crt", "key": "tls.key", "ca": "ca.crt", "clients": "clients-ca.crt"}[name]
        shutil.copy(f"{made}/{file}", f"{folder}/..{count}/{name}")
        if not os.path.lexists(f"{folder}/{name}"):
            os.symlink(f"..data/{name}", f"{folder}/{name}")
    os.symlink(f"..{count}", f"{folder}/..next")
    old = os.path.realpath(f"{folder}/..data")
    os.rename(f"{folder}/..next", f"{folder}/..data")
    if os.path.basename(old) != "..data":
        shutil.rmtree(old)

def certificate(name, key=None, ca="ours", **more):
    put(tls.Server.folder, crt=f"{name}.crt", key=f"{key or name}.key", ca=f"{ca}.crt", **more)

def common_name(der):
    file = tempfile.NamedTemporaryFile("w", delete=False)
    file.write(ssl.DER_cert_to_PEM_cert(der)); file.close()
    return dict(pair for [pair] in ssl._ssl._test_decode_cert(file.name)["subject"])["commonName"]

def connect(client, server):
    """Whose certificates the two ends see, or why there is no connection."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ends = [client.wrap_bio(back, there, server_hostname=tls.HOST), server.wrap_bio(there, back, server_side=True)]
        for _ in range(5):
            for end in ends:
                try: end.do_handshake()
                except ssl.SSLWantReadError: pass
        seen = [end.getpeercert(True) for end in ends]
        return " ".join(common_name(der) for der in seen if der)
    except ssl.SSLError as error:
        return error.reason

def anyone():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context

def server(asks=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certfile=f"{tls.Server.folder}/tls.crt", keyfile=f"{tls.Server.folder}/tls.key")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{tls.Server.folder}/clients-ca.crt")
    return context

def task():
    context = ssl.create_default_context(cafile=f"{tls.Client.folder}/ca.crt")
    if os.path.exists(f"{tls.Client.folder}/tls.crt"):
        context.load_cert_chain(f"{tls.Client.folder}/tls.crt", f"{tls.Client.folder}/tls.key")
    return context
`;

const scenario = (code: string) => python(START + code).value;

describe('a server', () => {
  test('uses a new certificate for new connections', () => {
    expect(scenario(`
certificate("first")
context = server()
before = connect(anyone(), context)
certificate("second")
answer([before, connect(anyone(), context), connect(anyone(), context), said])`)).toEqual(
      ['first', 'second', 'second', ['new connections use the new files in SERVER']]);
  });

  const KEPT = 'the new files in SERVER cannot be used, so the old ones stay in use: ';
  test.each([
    ['whose key is that of another', 'certificate("second", "first")', 'KEY_VALUES_MISMATCH'],
    ['that is half written', 'certificate("half", "second")', 'PEM lib'],
    ['for another host', 'certificate("other-host")', "Hostname mismatch, certificate is not valid for 'airflow-api-server.airflow.svc'"],
    ['of an authority that the clients do not trust', 'certificate("foreign")', 'unable to get local issuer certificate'],
    ['that has expired', 'certificate("expired")', 'certificate has expired'],
    ['whose key is missing', 'os.remove(f"{tls.Server.folder}/tls.key"); os.symlink("nowhere", f"{tls.Server.folder}/tls.key")', 'No such file or directory'],
    ['that is gone with its whole volume', 'shutil.rmtree(tls.Server.folder)', 'No such file or directory'],
  ])('keeps the old one instead of a certificate %s, and says so once', (_what, change, reason) => {
    const [seen, log] = scenario(`
certificate("first")
context = server()
${change}
answer([[connect(anyone(), context) for _ in range(3)], said])`) as [string[], string[]];
    expect(seen).toEqual(['first', 'first', 'first']);
    expect(log).toEqual([expect.stringContaining(KEPT)]);
    expect(log[0]).toContain(reason);
  });

  test('says it again as long as it lasts, and uses what comes after it', () => {
    expect(scenario(`
certificate("first")
context = server()
certificate("foreign")
connect(anyone(), context)
tls.TELL_AFTER = 0
connect(anyone(), context)
certificate("foreign", ca="both")
seen = connect(anyone(), context)
answer([seen, len(said), said[-1]])`)).toEqual(['foreign', 3, 'new connections use the new files in SERVER']);
  });

  test('says at the start that clients will refuse its certificate', () => {
    const [seen, log] = scenario('certificate("foreign")\nanswer([connect(anyone(), server()), said])') as [string, string[]];
    expect(seen).toBe('foreign');
    expect(log).toEqual([expect.stringMatching(/^clients will refuse the certificate in SERVER: .*unable to get local issuer certificate/)]);
  });

  test('accepts the clients of a new authority as well', () => {
    expect(scenario(`
put(tls.Client.folder, ca="ours.crt", crt="their-task.crt", key="their-task.key")
certificate("first", clients="ours.crt")
context, client = server(asks=True), task()
before = connect(client, context)
certificate("first", clients="both.crt")
answer([before, connect(client, context)])`)).toEqual(['CERTIFICATE_VERIFY_FAILED', 'first their-task']);
  });
});

describe('the client of tasks', () => {
  test('trusts an authority that comes while it runs', () => {
    expect(scenario(`
put(tls.Client.folder, ca="ours.crt")
certificate("foreign", ca="theirs")
context, client = server(), task()
before = connect(client, context)
put(tls.Client.folder, ca="both.crt")
answer([before, connect(client, context), said])`)).toEqual(['CERTIFICATE_VERIFY_FAILED', 'foreign', ['new connections use the new files in CLIENT']]);
  });

  test('presents a certificate that comes while it runs, and keeps the old one instead of a wrong one', () => {
    const [seen, log] = scenario(`
put(tls.Client.folder, ca="ours.crt", crt="task.crt", key="task.key")
certificate("first", clients="ours.crt")
context, client = server(asks=True), task()
seen = [connect(client, context)]
put(tls.Client.folder, ca="ours.crt", crt="next-task.crt", key="task.key")
seen.append(connect(client, context))
put(tls.Client.folder, ca="ours.crt", crt="next-task.crt", key="next-task.key")
seen.append(connect(client, context))
answer([seen, said])`) as [string[], string[]];
    expect(seen).toEqual(['first task', 'first task', 'first next-task']);
    expect(log).toEqual([expect.stringContaining('the new files in CLIENT cannot be used, so the old ones stay in use: '), 'new connections use the new files in CLIENT']);
  });

  test('leaves every other context alone', () => {
    expect(scenario(`
put(tls.Client.folder, ca="ours.crt")
other = ssl.create_default_context(cafile=f"{made}/ours.crt")
answer([sorted(vars(other)), sorted(vars(task()))])`)).toEqual([[], ['wrap_bio', 'wrap_socket']]);
  });
});

test('the workers of gunicorn have one context, so that a wrong certificate breaks no connection', () => {
  expect(scenario(`
import sys, types
made_contexts = []
def ssl_context(conf):
    made_contexts.append(conf)
    return server()
module, package = types.ModuleType("gunicorn.sock"), types.ModuleType("gunicorn")
module.ssl_context, package.sock = ssl_context, module
sys.modules["gunicorn"], sys.modules["gunicorn.sock"] = package, module
certificate("first")
tls._one_context()
seen = [connect(anyone(), module.ssl_context("conf"))]
certificate("second", "first")
seen.append(connect(anyone(), module.ssl_context("conf")))
certificate("second")
seen.append(connect(anyone(), module.ssl_context("conf")))
answer([seen, made_contexts])`)).toEqual([['first', 'first', 'second'], ['conf']]);
});

describe('https_probe', () => {
  /** The exit code, and what is printed, of a probe of a server that asks for a certificate. */
  const probe = (port: string, url: string, client: string) => python(`
import http.server, shutil, socket, ssl, tempfile, threading
import https_probe
made = ${JSON.stringify(folder)}
https_probe.FOLDER, https_probe.TIMEOUT = tempfile.mkdtemp(), 1
for end in (${client}): shutil.copy(f"{made}/{end[0]}", f"{https_probe.FOLDER}/client.{end[1]}")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()
    def log_message(self, *args): pass
class Server(http.server.ThreadingHTTPServer):
    def finish_request(self, request, address):
        try: super().finish_request(context.wrap_socket(request, server_side=True), address)
        except OSError: pass
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{made}/first.crt", f"{made}/first.key")
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(f"{made}/ours.crt")
server = Server(("127.0.0.1", 0), Handler)
hanging = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    code = https_probe.main(${port}, "${url}")
except OSError as error:
    code = type(error).__name__
answer(code)`);
  const own = '("task.crt", "crt"), ("task.key", "key")';

  test.each([['200', 0], ['302', 0], ['404', 1], ['503', 1]])('looks at the status: %s', (status, code) => {
    expect(probe('server.server_port', `/${status}`, own)).toEqual({ value: code, printed: [`/${status}: ${status}`] });
  });

  test('takes a server that refuses the certificate for one that works', () => {
    const { value, printed } = probe('server.server_port', '/200', '("their-task.crt", "crt"), ("their-task.key", "key")');
    expect(value).toBe(0);
    expect(printed).toEqual([expect.stringMatching(/^the server refuses the certificate of the clients: /)]);
  });

  test('says that there is no certificate', () => {
    const { value, printed } = probe('server.server_port', '/200', '');
    expect(value).toBe(0);
    expect(printed[0]).toMatch(/^the certificate of the clients cannot be loaded: \[Errno 2\]/);
  });

  test('fails where nothing listens, or where the server hangs', () => {
    expect(probe('hanging.getsockname()[1]', '/200', own).value).toBe('TimeoutError');
    expect(probe('1', '/200', own).value).toBe('ConnectionRefusedError');
  });
});
