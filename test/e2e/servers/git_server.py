"""A git server for the tests: git://, ssh with a key, and https with a name and a token, of the repositories below one folder."""

import asyncio
import base64
import http.server
import os
import shlex
import ssl
import subprocess
import sys
import threading

ROOT, KEYS = "/srv/git", "/srv/keys"
USER, TOKEN = "e2e", "e2e-token"


def make_keys(host):
    os.makedirs(KEYS, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", f"{KEYS}/{name}"], check=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", f"{KEYS}/tls.key", "-out", f"{KEYS}/tls.crt", "-subj", "/CN=git", "-addext", f"subjectAltName=DNS:{host}"],
                   check=True, stderr=subprocess.DEVNULL)
    with open(f"{KEYS}/host.pub") as key, open(f"{KEYS}/known_hosts", "w") as known:
        known.write(f"[{host}]:2222 " + " ".join(key.read().split()[:2]) + "\n")


async def serve_ssh():
    import asyncssh

    async def serve(process):
        program, path = shlex.split(process.command)
        assert program == "git-upload-pack", program
        pipe = asyncio.subprocess.PIPE
        git = await asyncio.create_subprocess_exec("git", "upload-pack", ROOT + "/" + path.lstrip("/"), stdin=pipe, stdout=pipe, stderr=pipe)
        await process.redirect(stdin=git.stdin, stdout=git.stdout, stderr=git.stderr)
        status = await git.wait()
        await process.stdout.drain()
        process.exit(status)

    await asyncssh.create_server(None, "", 2222, server_host_keys=[f"{KEYS}/host"], authorized_client_keys=f"{KEYS}/user.pub",
                                 process_factory=serve, encoding=None)
    await asyncio.Event().wait()


class Https(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        expected = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        env = {**os.environ, "GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
               "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
               "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}
        head, _, content = subprocess.run(["git", "http-backend"], input=body, env=env, check=True, stdout=subprocess.PIPE).stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def serve_https():
    server = http.server.ThreadingHTTPServer(("", 8443), Https)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{KEYS}/tls.crt", f"{KEYS}/tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


make_keys(sys.argv[1])
os.makedirs(ROOT, exist_ok=True)
threading.Thread(target=serve_https, daemon=True).start()
if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])
    threading.Thread(target=lambda: asyncio.run(serve_ssh()), daemon=True).start()
sys.exit(subprocess.run(["git", "daemon", "--export-all", "--reuseaddr", f"--base-path={ROOT}", ROOT]).returncode)
