"""An identity provider that speaks the documented endpoints of OpenID Connect and of GitHub."""

import base64
import hashlib
import http.server
import json
import threading
import time
import urllib.parse

from joserfc import jwk, jwt

KEY = jwk.RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})


class Provider:
    def __init__(self):
        self.claims, self.userinfo, self.github, self.codes = {}, {}, {}, {}
        self.skew, self.is_down = 0, False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, value, code=200, headers=None):
                self.send_response(code)
                for name, text in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(json.dumps(value).encode())

            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(outer.token(dict(urllib.parse.parse_qsl(form)), self.path))

            def do_GET(self):
                if outer.is_down:
                    return self.answer({}, 503)
                url = urllib.parse.urlparse(self.path)
                self.answer(*outer.get(url.path, dict(urllib.parse.parse_qsl(url.query))))

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def authorize(self, location):
        """The code that the provider gives to the browser, and what Airflow asked for."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query))
        code = f"code{len(self.codes)}"
        self.codes[code] = (asked.get("nonce"), asked["code_challenge"])
        return code, asked

    def token(self, form, path):
        nonce, challenge = self.codes[form["code"]]
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == challenge
        token = {"access_token": form["code"], "token_type": "bearer", "expires_in": 300}
        if path.startswith("/github"):
            return token
        now = int(time.time()) + self.skew
        claims = {"iss": self.url, "aud": "client", "iat": now, "exp": now + 300, "nonce": nonce, "sub": "1", **self.claims}
        return {**token, "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)}

    def get(self, path, query):
        if path.endswith("openid-configuration"):
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks", "userinfo_endpoint": "userinfo"}
            return ({"issuer": self.url, "id_token_signing_alg_values_supported": ["RS256"],
                     **{name: f"{self.url}/{end}" for name, end in names.items()}},)
        if path == "/jwks":
            return ({"keys": [KEY.as_dict(private=False)]},)
        if path == "/userinfo":
            return ({"sub": "1", **self.userinfo},)
        name = path.removeprefix("/github/")
        value, page, size = self.github[name], int(query.get("page", 1)), int(query.get("per_page", 30))
        if not isinstance(value, list):
            return (value,)
        link = f'<{self.url}/github/{name}?per_page={size}&page={page + 1}>; rel="next"'
        return value[(page - 1) * size:page * size], 200, {"Link": link} if page * size < len(value) else {}
