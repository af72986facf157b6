"""A cloud that issues tokens for a database, and the check that Postgres makes of them: token_cloud.py LIFE [USER].

Speaks HTTP on port 8080: STS (AssumeRoleWithWebIdentity), the metadata server of Google Cloud, and the token endpoint of Microsoft Entra. Speaks LDAP on port 3890,
which Postgres asks whether a user has the right password: a token that this cloud issued for USER and that has not ended. Keys and tokens end
after LIFE seconds. POST /away?SECONDS lets the endpoints answer with 503 for so long. Each request and each answer is a line of the log.
"""

import hashlib
import hmac
import json
import secrets
import socketserver
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

LIFE, USER = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
KEYS, TOKENS, AWAY = {}, {}, [0.0]
STS = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/airflow/pod</Arn><AssumedRoleId>AROA:pod</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{session}</SessionToken><Expiration>{end}</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"""


def say(*words):
    print(f"{time.time():.1f}", *words, flush=True)


def keys():
    """New keys of STS."""
    made = {"id": "ASIA" + secrets.token_hex(8).upper(), "secret": secrets.token_hex(20), "session": secrets.token_urlsafe(300), "until": time.time() + LIFE}
    KEYS[made["id"]] = made
    return {**made, "end": datetime.fromtimestamp(made["until"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}


def opaque():
    """A new token that says nothing itself."""
    made = secrets.token_urlsafe(800)
    TOKENS[made] = time.time() + LIFE
    return made


class Cloud(BaseHTTPRequestHandler):
    def answer(self, status, text, kind="application/json", **headers):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Metadata-Flavor": "Google", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = urlsplit(self.path).path
        say("GET", path)
        if time.time() < AWAY[0]:
            self.answer(503, "{}")
        elif path.endswith("/token") and "metadata" in path.lower():
            self.answer(200, json.dumps({"access_token": opaque(), "expires_in": LIFE, "expires_on": str(int(time.time()) + LIFE), "resource": "r", "token_type": "Bearer"}))
        elif "/service-accounts/" in path:
            self.answer(200, json.dumps({"email": "airflow@acme.iam.gserviceaccount.com", "scopes": [], "aliases": ["default"]}))
        elif "openid-configuration" in path:
            base = f"https://{self.headers['Host']}/tenant"
            self.answer(200, json.dumps({"token_endpoint": f"{base}/oauth2/v2.0/token", "authorization_endpoint": base, "issuer": base}))
        else:
            self.answer(200, "{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(self.path)
        if url.path == "/away":
            AWAY[0] = time.time() + float(url.query)
            return self.answer(200, "{}")
        form = {name: values[0] for name, values in parse_qs(body).items()}
        given = form.get("WebIdentityToken") or form.get("client_assertion")
        say("POST", url.path, form.get("Action") or form.get("scope"), "with a token of the pod" if given else "without a token of the pod")
        if time.time() < AWAY[0]:
            return self.answer(503, "{}")
        if not given:
            return self.answer(403, "{}")
        if form.get("Action") == "AssumeRoleWithWebIdentity":
            return self.answer(200, STS.format(**keys()), "text/xml")
        self.answer(200, json.dumps({"access_token": opaque(), "expires_in": LIFE, "ext_expires_in": LIFE, "token_type": "Bearer"}))

    def log_message(self, *_):
        pass


def signed(token, user):
    """Why a token of RDS is not valid; None where it is."""
    url = urlsplit("https://" + token)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    signature, (key, date, region, service, _) = query.pop("X-Amz-Signature"), query["X-Amz-Credential"].split("/")
    made = KEYS.get(key)
    if made is None or made["session"] != query.get("X-Amz-Security-Token"):
        return "unknown keys"
    text = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))
    request = "\n".join(["GET", "/", text, f"host:{url.netloc}", "", "host", hashlib.sha256(b"").hexdigest()])
    step = f"AWS4{made['secret']}".encode()
    for word in (date, region, service, "aws4_request"):
        step = hmac.new(step, word.encode(), hashlib.sha256).digest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", query["X-Amz-Date"], "/".join([date, region, service, "aws4_request"]), hashlib.sha256(request.encode()).hexdigest()])
    if hmac.new(step, to_sign.encode(), hashlib.sha256).hexdigest() != signature:
        return "a wrong signature"
    signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    if query["DBUser"] != user or service != "rds-db":
        return "another user"
    if time.time() > min(made["until"], signed_at + int(query["X-Amz-Expires"])):
        return "ended"
    return None


def problem(user, token):
    """Why the user may not log in; None where it may."""
    if USER not in (None, user):
        return "another user"
    if "X-Amz-Signature" in token:
        return signed(token, user)
    return "unknown" if token not in TOKENS else "ended" if time.time() > TOKENS[token] else None


def element(data, at):
    """The tag, the content and the end of an element of BER."""
    size, start = data[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[at + 2:start], "big")
    return data[at], data[start:start + size], start + size


class Ldap(socketserver.StreamRequestHandler):
    def handle(self):
        data = b""
        while chunk := self.request.recv(65536):
            data += chunk
            try:
                _, message, end = element(data, 0)
            except IndexError:
                continue
            if end > len(data):
                continue
            data = data[end:]
            _, number, at = element(message, 0)
            kind, operation, _ = element(message, at)
            if kind != 0x60:
                return
            _, _, at = element(operation, 0)
            _, name, at = element(operation, at)
            _, password, _ = element(operation, at)
            user = name.decode().removeprefix("cn=")
            reason = problem(user, password.decode())
            say("login", user, reason or "accepted")
            body = bytes([0x02, len(number)]) + number + bytes([0x61, 7, 0x0A, 1, 49 if reason else 0, 4, 0, 4, 0])
            self.request.sendall(bytes([0x30, len(body)]) + body)


class LdapServer(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True


if __name__ == "__main__":
    threading.Thread(target=LdapServer(("", 3890), Ldap).serve_forever, daemon=True).start()
    ThreadingHTTPServer(("", 8080), Cloud).serve_forever()
