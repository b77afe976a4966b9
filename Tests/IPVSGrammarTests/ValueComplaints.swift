/// Lines, and the exit status and whole message that they get; values that mean nothing.
let valueComplaints: [(line: String, message: String)] = [
  (
    "--set 1 2",
    """
    2 --set option requires 3 timeout values
      2 of 3 values are there: --set TCP TCPFIN UDP, in seconds.
      0 keeps the present value.
    """
  ),
  (
    "--set a b c",
    """
    2 invalid timeout value `a' specified
      `a' is no whole decimal number; write one from 0 to 2678400 seconds.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p 2678401",
    """
    2 invalid timeout value `2678401' specified
      `2678401' is not in 1 to 2678400 seconds.
      The word behind -p is its value unless it begins with `-'; without one it is 360.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p rr",
    """
    2 invalid timeout value `rr' specified
      `rr' is no whole decimal number; write one from 1 to 2678400 seconds.
      The word behind -p is its value unless it begins with `-'; without one it is 360.
    """
  ),
  (
    "-A -f 0x10",
    """
    2 invalid fwmark value `0x10' specified
      `0x10' is no whole decimal number; write one from 1 to 4294967295.
      In decimal `0x10' is 16.
    """
  ),
  (
    "-A -f 4294967296",
    """
    2 invalid fwmark value `4294967296' specified
      `4294967296' is not in 1 to 4294967295.
    """
  ),
  (
    "-A -6 -f 1",
    """
    2 -6 used before -f
      -6 says that the mark before it is of IPv6 packets: write -f MARK -6.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -M /24",
    """
    2 illegal virtual server persistent mask specified
      An IPv4 mask is written as an address: /24 is 255.255.255.0.
    """
  ),
  (
    "-A -t [fd00::1]:80 -M 129",
    """
    2 illegal ipv6 netmask specified
      `129' is no length of an IPv6 prefix, and the service is of IPv6.
      Write a number from 1 to 128.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -w 2147483648",
    """
    2 illegal weight specified
      `2147483648' for -w (--weight) is not in 0 to 2147483647.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -w 1.5",
    """
    2 illegal weight specified
      `1.5' for -w (--weight) is no whole decimal number; write one from 0 to 2147483647.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -x -1",
    """
    2 illegal u_threshold specified
      `-1' for -x (--u-threshold) is not in 0 to 2147483647.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -y x",
    """
    2 illegal l_threshold specified
      `x' for -y (--l-threshold) is no whole decimal number; write one from 0 to 2147483647.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-port 0",
    """
    2 illegal tunnel port specified
      `0' for --tun-port is not in 1 to 65535.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type vxlan",
    """
    2 illegal tunnel type specified
      `vxlan' is none of ipip, gue, and gre.
    """
  ),
  (
    "--start-daemon Master",
    """
    2 illegal start-daemon parameter specified
      `Master' is neither `master' nor `backup' (small letters).
    """
  ),
  (
    "--stop-daemon both",
    """
    2 illegal start_daemon specified
      `both' is neither `master' nor `backup' (small letters).
    """
  ),
  (
    "--start-daemon master --syncid 256",
    """
    2 illegal syncid specified
      `256' for --syncid is not in 0 to 255.
    """
  ),
  (
    "--start-daemon master --sync-maxlen 65508",
    """
    2 illegal sync-maxlen specified
      `65508' for --sync-maxlen is not in 1 to 65507.
    """
  ),
  (
    "--start-daemon master --mcast-port 0",
    """
    2 illegal mcast-port specified
      `0' for --mcast-port is not in 1 to 65535.
    """
  ),
  (
    "--start-daemon master --mcast-ttl 256",
    """
    2 illegal mcast-ttl specified
      `256' for --mcast-ttl is not in 1 to 255.
    """
  ),
  (
    "--start-daemon master --mcast-group 10.0.0.1",
    """
    2 invalid IPv4 mcast-group `10.0.0.1'
      `10.0.0.1' is no IPv4 address from 224.0.0.0 to 239.255.255.255.
    """
  ),
  (
    "--start-daemon master --mcast-group fd00::1",
    """
    2 invalid IPv6 mcast-group `fd00::1'
      `fd00::1' is no IPv6 address that begins with ff.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b sh-port",
    """
    2 incompatible scheduler flag `sh-port'
      `sh-port' is a flag of the scheduler sh, and the service's is wlc.
      Add -s sh, or leave the flag out; without -s the scheduler is wlc.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b foo",
    """
    2 invalid scheduler flag `foo'
      `foo' is no flag. Flags are flag-1, flag-2, flag-3 with any scheduler,
      sh-fallback, sh-port with sh, and mh-fallback, mh-port with mh, with commas between them.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -b ,",
    """
    2 invalid scheduler flag `,'
      `,' is no flag. Flags are flag-1, flag-2, flag-3 with any scheduler,
      sh-fallback, sh-port with sh, and mh-fallback, mh-port with mh, with commas between them.
    """
  ),
  (
    "-A -t 10.0.0.1",
    """
    2 Zero port specified for non-persistent service
      TCP 10.0.0.1:0 is every port of the address, which takes persistence to keep apart.
      Write a port as in address:80, or make the service persistent with -p.
    """
  ),
  (
    "-A -t fd00::1:80",
    """
    2 Zero port specified for non-persistent service
      TCP [fd00::1:80]:0 is every port of the address, which takes persistence to keep apart.
      Write a port as in [address]:80, or make the service persistent with -p.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -o",
    """
    2 One-Packet Scheduling is only for UDP virtual services
      TCP 10.0.0.1:80 is a service of connections; -o (--ops) schedules datagrams one by one.
      Leave -o out, or name a UDP service with -u.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r [fd00::2]:80 -m",
    """
    2 Different address family is allowed only for tunneling servers
      The service is TCP 10.0.0.1:80, the real server [fd00::2]:80.
      Only a tunnel (-i) carries packets of one family to a server of the other.
    """
  ),
]
