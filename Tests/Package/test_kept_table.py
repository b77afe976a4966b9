# SPDX-License-Identifier: Apache-2.0
"""The table and its connections outlive the change from Debian's ipvsadm, as README.Debian says."""

import socket

from guest import DEFAULTS, RULES, attempt, install, run, table

SERVICE = "-A -t 192.0.2.1:8080 -s rr\n-a -t 192.0.2.1:8080 -r 192.0.2.1:8080 -m -w 1\n"


def connections():
    """The established connections, of which the service is the other end."""
    return [line for line in run("ipvsadm", "-Lcn").splitlines() if "ESTABLISHED" in line]


def test_the_table_is_never_emptied():
    run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    install("ipvsadm")
    RULES.write_text(SERVICE)
    DEFAULTS.write_text('AUTO="true"\n')
    run("systemctl", "restart", "ipvsadm")
    with (socket.create_server(("192.0.2.1", 8080)) as server,
          socket.create_connection(("192.0.2.1", 8080), timeout=30) as client):
        assert len(connections()) == 1
        run("chmod", "-x", "/etc/init.d/ipvsadm")
        install("ipvsadm-swift")
        assert table() == SERVICE
        assert len(connections()) == 1
        with server.accept()[0] as accepted:
            accepted.send(b"still here")
            assert client.recv(10) == b"still here"


def test_dpkg_alone_takes_it_over_as_well():
    """dpkg -i removes the old package after it has unpacked the new one."""
    run("dpkg", "--purge", "ipvsadm-swift")
    run("chmod", "+x", "/etc/init.d/ipvsadm")
    install("ipvsadm")
    said = install("ipvsadm-swift", by=("dpkg", "-i"))
    assert "0.2.0 in Swift" in run("/usr/sbin/ipvsadm", "-v"), said
    missing = [path for path in run("dpkg", "-L", "ipvsadm-swift").split()
               if attempt("test", "-e", path).returncode != 0]
    assert missing == []
    assert run("dpkg-divert", "--list", "*ipvsadm*") == ""
    assert table() == SERVICE
