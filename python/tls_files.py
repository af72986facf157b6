"""TLS files that change while a process runs: each new connection uses the files as they are then.

Airflow's servers read their certificate once, at the start, and the clients of tasks read the authority once in each process. A
context that has loaded one of these files loads the files again before a new connection when they have changed. Files that do not fit
together, or that clients would refuse, are not loaded: the old certificate stays in use, and the log says why.
"""

import os
import ssl
import sys
import time

# The name under which clients in the cluster reach this server.
HOST = os.environ.get("CDK8S_AIRFLOW_TLS_HOST")
TELL_AFTER = 300

_load_cert_chain = ssl.SSLContext.load_cert_chain
_load_verify_locations = ssl.SSLContext.load_verify_locations


def _say(text):
    print(f"tls_files.py: {text}", file=sys.stderr, flush=True)


def _version(folder):
    """What tells two versions of the files apart; kubelet exchanges all files of a volume at once, by a link."""
    names = sorted(name for name in os.listdir(folder) if not name.startswith(".."))
    found = [os.stat(os.path.join(folder, name)) for name in names]
    return names, [(status.st_ino, status.st_mtime_ns, status.st_size) for status in found]


def _shake_hands(client, server):
    """A handshake in memory."""
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(here, there, server_hostname=HOST), server.wrap_bio(there, here, server_side=True)]
    for _ in range(10):
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass
    if ends:
        raise ssl.SSLError("the handshake does not end")


class Server:
    """The certificate of this server, and the authority of its clients, if it asks for their certificates."""

    folder = "/run/secrets/server-tls"

    @staticmethod
    def check(folder):
        """Throws if a client that trusts the authority would refuse the certificate."""
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _load_cert_chain(server, f"{folder}/tls.crt", f"{folder}/tls.key")
        client = ssl.create_default_context(cafile=f"{folder}/ca.crt")
        client.check_hostname = HOST is not None
        _shake_hands(client, server)

    @staticmethod
    def load(context, folder):
        if os.path.exists(f"{folder}/clients-ca.crt"):
            _load_verify_locations(context, f"{folder}/clients-ca.crt")
        _load_cert_chain(context, f"{folder}/tls.crt", f"{folder}/tls.key")


class Client:
    """The authority that signs the certificate of the server, and the certificate that the server may ask for."""

    folder = "/run/secrets/api-server-tls"

    @classmethod
    def check(cls, folder):
        """Throws if the files cannot be loaded."""
        cls.load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), folder)

    @staticmethod
    def load(context, folder):
        _load_verify_locations(context, f"{folder}/ca.crt")
        if os.path.exists(f"{folder}/tls.crt"):
            _load_cert_chain(context, f"{folder}/tls.crt", f"{folder}/tls.key")


class Followed:
    """A context, and the version of the files that it has loaded."""

    def __init__(self, context, end, version):
        self.context, self.end, self.loaded = context, end, version
        self.refused, self.told = None, 0
        # asyncio calls `wrap_bio`, all others call `wrap_socket`.
        for name in ("wrap_bio", "wrap_socket"):
            setattr(context, name, self.after_refresh(getattr(context, name)))

    def after_refresh(self, wrap):
        def refreshed(*args, **kwargs):
            self.refresh()
            return wrap(*args, **kwargs)

        return refreshed

    def refresh(self):
        version = None
        try:
            version = _version(self.end.folder)
            if version == self.loaded or (version == self.refused and time.monotonic() - self.told < TELL_AFTER):
                return
            # The folder behind the link, whose files never change.
            folder = os.path.dirname(os.path.realpath(f"{self.end.folder}/ca.crt"))
            self.end.check(folder)
            self.end.load(self.context, folder)
        except OSError as error:  # an SSLError is one
            if version != self.refused or time.monotonic() - self.told >= TELL_AFTER:
                self.refused, self.told = version, time.monotonic()
                _say(f"the new files in {self.end.folder} cannot be used, so the old ones stay in use: {error}")
            return
        self.loaded, self.refused = version, None
        _say(f"new connections use the new files in {self.end.folder}")


def _follow(context, end, version):
    if "wrap_bio" in vars(context):
        return
    Followed(context, end, version)
    if end is Server:
        try:
            Server.check(Server.folder)
        except OSError as error:
            _say(f"clients will refuse the certificate in {Server.folder}: {error}")


def _following(load, end, name):
    """The method of a context that loads a file, which also follows the file if it is that one."""

    def method(self, file=None, *args, **kwargs):
        file = kwargs.pop("certfile", kwargs.pop("cafile", file))
        followed = file == f"{end.folder}/{name}"
        version = _version(end.folder) if followed else None
        load(self, file, *args, **kwargs)
        if followed:
            _follow(self, end, version)

    return method


def _one_context():
    """The workers of gunicorn (2.x) make a context for each connection, which fails with wrong files. One context keeps the old files."""
    try:
        import gunicorn.sock as sock
    except ImportError:
        return
    make, made = sock.ssl_context, []

    def ssl_context(conf):
        if not made:
            made.append(make(conf))
        return made[0]

    sock.ssl_context = ssl_context


ssl.SSLContext.load_cert_chain = _following(_load_cert_chain, Server, "tls.crt")
ssl.SSLContext.load_verify_locations = _following(_load_verify_locations, Client, "ca.crt")
if os.path.exists(f"{Server.folder}/tls.key"):
    _one_context()
