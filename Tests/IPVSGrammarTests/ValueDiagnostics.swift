// SPDX-License-Identifier: Apache-2.0

/// Lines, and the exit status and whole message that they get: values that mean nothing.
let valueDiagnostics: [(line: String, message: String)] = [
  (
    "--set 1 2",
    """
    2 --set option requires 3 timeout values
      cause: 2 of 3 values are there
      remedy: write --set TCP TCPFIN UDP, in seconds; 0 keeps the present value
    """
  ),
  (
    "--set a b c",
    """
    2 invalid timeout value `a' specified
      cause: `a' is no whole decimal number
      remedy: write for each timeout a number from 0 to 2678400
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p 2678401",
    """
    2 invalid timeout value `2678401' specified
      cause: `2678401' is out of range
      remedy: write for -p (--persistent) a number from 1 to 2678400
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p rr",
    """
    2 invalid timeout value `rr' specified
      cause: `rr' is no whole decimal number; -p takes the next word that does not begin with `-'
      remedy: write for -p (--persistent) a number from 1 to 2678400, or put -p at the end for 360
    """
  ),
  (
    "-A -f 0x10",
    """
    2 invalid fwmark value `0x10' specified
      cause: `0x10' is no whole decimal number
      remedy: write for a firewall mark a number from 1 to 4294967295; in decimal `0x10' is 16
    """
  ),
  (
    "-A -f 4294967296",
    """
    2 invalid fwmark value `4294967296' specified
      cause: `4294967296' is out of range
      remedy: write for a firewall mark a number from 1 to 4294967295
    """
  ),
  (
    "-A -6 -f 1",
    """
    2 -6 used before -f
      cause: -6 says that the firewall mark before it is of IPv6 packets
      remedy: write -f MARK -6
    """
  ),
  (
    "-A -t 10.0.0.1:80 -M /24",
    """
    2 illegal virtual server persistent mask specified
      cause: `/24' is the length of a mask
      remedy: write the mask as an address: 255.255.255.0
    """
  ),
  (
    "-A -t [fd00::1]:80 -M 129",
    """
    2 illegal ipv6 netmask specified
      cause: the service is of IPv6, and `129' is no length of a prefix
      remedy: write a number from 1 to 128
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -w 2147483648",
    """
    2 illegal weight specified
      cause: `2147483648' is out of range
      remedy: write for -w (--weight) a number from 0 to 2147483647
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -w 1.5",
    """
    2 illegal weight specified
      cause: `1.5' is no whole decimal number
      remedy: write for -w (--weight) a number from 0 to 2147483647
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -x -1",
    """
    2 illegal u_threshold specified
      cause: `-1' is out of range
      remedy: write for -x (--u-threshold) a number from 0 to 2147483647
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -y x",
    """
    2 illegal l_threshold specified
      cause: `x' is no whole decimal number
      remedy: write for -y (--l-threshold) a number from 0 to 2147483647
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-port 0",
    """
    2 illegal tunnel port specified
      cause: `0' is out of range
      remedy: write for --tun-port a number from 1 to 65535
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type vxlan",
    """
    2 illegal tunnel type specified
      cause: `vxlan' is no kind of tunnel
      remedy: write ipip, gue, or gre
    """
  ),
  (
    "--start-daemon Master",
    """
    2 illegal start-daemon parameter specified
      cause: `Master' is no role of a daemon
      remedy: write `master' or `backup', in small letters
    """
  ),
  (
    "--stop-daemon both",
    """
    2 illegal start_daemon specified
      cause: `both' is no role of a daemon
      remedy: write `master' or `backup', in small letters
    """
  ),
  (
    "--start-daemon master --syncid 256",
    """
    2 illegal syncid specified
      cause: `256' is out of range
      remedy: write for --syncid a number from 0 to 255
    """
  ),
  (
    "--start-daemon master --sync-maxlen 65508",
    """
    2 illegal sync-maxlen specified
      cause: `65508' is out of range
      remedy: write for --sync-maxlen a number from 1 to 65507
    """
  ),
  (
    "--start-daemon master --mcast-port 0",
    """
    2 illegal mcast-port specified
      cause: `0' is out of range
      remedy: write for --mcast-port a number from 1 to 65535
    """
  ),
  (
    "--start-daemon master --mcast-ttl 256",
    """
    2 illegal mcast-ttl specified
      cause: `256' is out of range
      remedy: write for --mcast-ttl a number from 1 to 255
    """
  ),
  (
    "--start-daemon master --mcast-group 10.0.0.1",
    """
    2 invalid IPv4 mcast-group `10.0.0.1'
      cause: `10.0.0.1' is no IPv4 group
      remedy: write one from 224.0.0.0 to 239.255.255.255
    """
  ),
  (
    "--start-daemon master --mcast-group fd00::1",
    """
    2 invalid IPv6 mcast-group `fd00::1'
      cause: `fd00::1' is no IPv6 group
      remedy: write one that begins with ff, such as ff02::51
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b sh-port",
    """
    2 incompatible scheduler flag `sh-port'
      cause: `sh-port' is a flag of the scheduler sh, and the service's is wlc
      remedy: add -s sh, or leave the flag out; without -s the scheduler is wlc
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b foo",
    """
    2 invalid scheduler flag `foo'
      cause: `foo' is no scheduler flag
      remedy: with sh: sh-fallback,sh-port; with mh: mh-fallback,mh-port; with any: flag-1,flag-2,flag-3
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b ,",
    """
    2 invalid scheduler flag `,'
      cause: `,' is no scheduler flag
      remedy: with sh: sh-fallback,sh-port; with mh: mh-fallback,mh-port; with any: flag-1,flag-2,flag-3
    """
  ),
  (
    "-A -t 10.0.0.1",
    """
    2 Zero port specified for non-persistent service
      cause: TCP 10.0.0.1:0 is every port of the address, which only persistence keeps apart
      remedy: write a port, as in address:80, or make the service persistent with -p
    """
  ),
  (
    "-A -t fd00::1:80",
    """
    2 Zero port specified for non-persistent service
      cause: TCP [fd00::1:80]:0 is every port of the address, which only persistence keeps apart
      remedy: write a port, as in [address]:80, or make the service persistent with -p
    """
  ),
  (
    "-A -t 10.0.0.1:80 -o",
    """
    2 One-Packet Scheduling is only for UDP virtual services
      cause: TCP 10.0.0.1:80 is a service of connections; -o (--ops) schedules datagrams one by one
      remedy: leave -o out, or name a UDP service with -u
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r [fd00::2]:80 -m",
    """
    2 Different address family is allowed only for tunneling servers
      cause: the service is TCP 10.0.0.1:80, and the real server [fd00::2]:80 is of the other family
      remedy: add -i: only a tunnel carries packets of one family to a server of the other
    """
  ),
  (
    "-L -c --state estab",
    """
    2 illegal connection state specified
      cause: `estab' is no state of a connection
      remedy: did you mean ESTABLISHED?
    """
  ),
  (
    "-L -c --state TIMEWAIT",
    """
    2 illegal connection state specified
      cause: `TIMEWAIT' is no state of a connection
      remedy: did you mean TIME_WAIT?
    """
  ),
  (
    "-L -c --state dead",
    """
    2 illegal connection state specified
      cause: `dead' is no state of a connection
      remedy: TCP has NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT \
    LAST_ACK LISTEN SYNACK; UDP has UDP; SCTP has NONE INIT1 INIT C-SENT C-REPLIED C-WAIT COOKIE \
    C-ECHOED ESTABLISHED S-SENT S-RECEIVED S-ACK-SENT REJECTED CLOSED; templates of persistence \
    have NONE ASSURED
    """
  ),
  (
    "-L -c --client 10.0.0.0/33",
    """
    2 illegal client network specified
      cause: `33' is no length of an IPv4 prefix: 0 to 32
      remedy: write an address or a prefix, such as 10.0.0.0/8 or 2001:db8::/32
    """
  ),
  (
    "-L -c --client 10.0.0.1:80",
    """
    2 illegal client network specified
      cause: `10.0.0.1:80' has a port, and clients choose theirs
      remedy: write an address or a prefix, such as 10.0.0.0/8 or 2001:db8::/32
    """
  ),
  (
    "-L -c --client host.example.test",
    """
    2 illegal client network specified
      cause: `host.example.test' is no network, and names are not looked up
      remedy: write an address or a prefix, such as 10.0.0.0/8 or 2001:db8::/32
    """
  ),
  (
    "-L -c --count-by servers",
    """
    2 invalid --count-by value `servers' specified
      cause: `servers' is no value of --count-by
      remedy: did you mean server?
    """
  ),
  (
    "-L -c --count-by port",
    """
    2 invalid --count-by value `port' specified
      cause: `port' is no value of --count-by
      remedy: write state, server, service, client, or scheduler
    """
  ),
]
