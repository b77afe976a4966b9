# SPDX-License-Identifier: Apache-2.0
"""Programs on real servers, and their clients."""

import http.client
import re
import socket

from deadline import eventually

VISIT_TIMEOUT = 10


def _wait_for_port(host, port):
    """Waits until a program listens, without a connection that it would have to answer."""

    def listens():
        rows = host.read("/proc/net/tcp") + host.read("/proc/net/tcp6")
        return re.search(f":{port:04X} [0:]+ 0A ", rows)

    eventually(listens)


def web_server(host, *ports):
    """lighttpd on `ports`, IPv4 and IPv6, whose page is the host's name."""
    root = host.directory / f"{host.name}.pages"
    root.mkdir()
    (root / "index.html").write_text(f"{host.name}\n")
    configuration = host.directory / f"{host.name}.lighttpd"
    more = (f'$SERVER["socket"] == "[::]:{port}" {{ }}\n' for port in ports[1:])
    configuration.write_text(
        f'server.document-root = "{root}"\n'
        'index-file.names = ("index.html")\n'
        'server.bind = "[::]"\n'
        'server.v4mapped = "enable"\n'
        f"server.port = {ports[0]}\n" + "".join(more)
    )
    host.start("lighttpd", "-D", "-f", str(configuration))
    for port in ports:
        _wait_for_port(host, port)


def line_server(host, port):
    """A line-based TCP service: a greeting, then one answer to one line."""
    script = host.directory / f"{host.name}.dialogue"
    script.write_text(f'echo "220 {host.name}"\nread -r line\necho "200 $line"\n')
    host.start("socat", f"TCP-LISTEN:{port},reuseaddr,fork", f"EXEC:sh {script}")
    _wait_for_port(host, port)


def pages(client, url, count=1, *options):
    """The pages that curl gets for `count` requests, each over a connection of its own."""
    command = ["curl", "-sS", "--max-time", str(VISIT_TIMEOUT), "-H", "Connection: close"]
    return client.run(*command, *options, *[url] * count).split()


def dialogue(client, address, port, line):
    """The greeting of a line-based service and its answer to `line`."""
    with client.inside():
        connection = socket.create_connection((address, port), VISIT_TIMEOUT)
    with connection, connection.makefile("rw") as lines:
        greeting = lines.readline().strip()
        lines.write(line + "\n")
        lines.flush()
        return greeting, lines.readline().strip()


class Visit:
    """A connection to a web server that stays open between requests."""

    def __init__(self, client, address, port=80, source=None):
        self._connection = http.client.HTTPConnection(
            address, port, timeout=VISIT_TIMEOUT, source_address=source and (source, 0)
        )
        with client.inside():
            self._connection.connect()
        self.port = self._connection.sock.getsockname()[1]
        self.server = self.page()

    def page(self):
        """One request over the same connection; fails if that connection is gone."""
        # http.client would connect anew, silently and outside the client's namespace.
        self._connection.auto_open = False
        self._connection.request("GET", "/")
        return self._connection.getresponse().read().decode().strip()

    def close(self):
        self._connection.close()
