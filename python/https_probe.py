"""A probe of a server that asks every client for a certificate, which kubelet does not have: https_probe.py PORT PATH.

It looks at the answer as kubelet does, and verifies nothing. A server that refuses the certificate of the clients has answered as well: a
restart would not help.
"""

import http.client
import socket
import ssl
import sys

FOLDER = "/run/secrets/server-tls"
TIMEOUT = 30  # kubelet ends the probe before


def main(port, path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        context.load_cert_chain(f"{FOLDER}/client.crt", f"{FOLDER}/client.key")
    except OSError as error:
        print(f"the certificate of the clients cannot be loaded: {error}")
    connection = http.client.HTTPConnection("localhost", port, timeout=TIMEOUT)
    connection.sock = socket.create_connection(("localhost", port), TIMEOUT)
    try:
        connection.sock = context.wrap_socket(connection.sock, server_hostname="localhost")
        connection.request("GET", path)
        status = connection.getresponse().status
    except (ssl.SSLError, ConnectionError) as error:
        print(f"the server refuses the certificate of the clients: {error}")
        return 0
    print(f"{path}: {status}")
    return 0 if status < 400 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
