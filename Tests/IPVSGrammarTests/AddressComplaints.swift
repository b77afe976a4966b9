/// Lines, and the exit status and whole message that they get; addresses.
let addressComplaints: [(line: String, message: String)] = [
  (
    "-A --tcp-service=",
    """
    2 illegal virtual server address[:port] specified
      The address is empty; write host:port, such as 10.0.0.1:80.
    """
  ),
  (
    "-A -t 80",
    """
    2 illegal virtual server address[:port] specified
      `80' could be an address or a port.
      Write host:port, such as 10.0.0.1:80.
    """
  ),
  (
    "-A -t [fd00::1",
    """
    2 illegal virtual server address[:port] specified
      `[fd00::1' has no `]' behind the address.
    """
  ),
  (
    "-A -t [fd00::1]80",
    """
    2 illegal virtual server address[:port] specified
      Behind `]' stands `80'; only a colon and a port may.
    """
  ),
  (
    "-A -t 211.57.163.10.21",
    """
    2 illegal virtual server address[:port] specified
      `211.57.163.10.21' has more than the four numbers of an IPv4 address.
      If 21 is the port, a colon belongs before it: 211.57.163.10:21
    """
  ),
  (
    "-A -t 211.57.163.10.21:80",
    """
    2 illegal virtual server address[:port] specified
      `211.57.163.10.21:80' has more than the four numbers of an IPv4 address.
    """
  ),
  (
    "-A -t 211.57.163.10.99999",
    """
    2 illegal virtual server address[:port] specified
      `211.57.163.10.99999' has more than the four numbers of an IPv4 address.
    """
  ),
  (
    "-A -t 211.xx.163.xx:80",
    """
    2 illegal virtual server address[:port] specified
      In `211.xx.163.xx:80' `xx' is no number, and no host has that name.
      Put the numbers of the real address in place of the letters.
    """
  ),
  (
    "-A -t 211.57.163.x:80",
    """
    2 illegal virtual server address[:port] specified
      In `211.57.163.x:80' `x' is no number, and no host has that name.
      Put the numbers of the real address in place of the letters.
    """
  ),
  (
    "-A -t 10.0.0.300:80",
    """
    2 illegal virtual server address[:port] specified
      `300' in `10.0.0.300:80' is too large for its place in an IPv4 address.
    """
  ),
  (
    "-A -t 10..0.1:80",
    """
    2 illegal virtual server address[:port] specified
      A number is missing beside a dot in `10..0.1:80'.
    """
  ),
  (
    "-A -t 10.0.0.1:80:80",
    """
    2 illegal virtual server address[:port] specified
      `10.0.0.1:80:80' has more colons than host:port, but holds no IPv6 address.
      An IPv6 address with a port is written [address]:port.
    """
  ),
  (
    "-A -t fd00::1::2",
    """
    2 illegal virtual server address[:port] specified
      `fd00::1::2' has more colons than host:port, but holds no IPv6 address.
      An IPv6 address with a port is written [address]:port.
    """
  ),
  (
    "-A -t [fe80::1%eth0]:80",
    """
    2 illegal virtual server address[:port] specified
      `[fe80::1%eth0]:80' names an interface behind `%', which IPVS keeps no place for.
      Write an address that means the same on every interface.
    """
  ),
  (
    "-A -t nosuch.example.test:80",
    """
    2 illegal virtual server address[:port] specified
      No address is known for the host `nosuch.example.test'.
      Check its spelling, /etc/hosts, and DNS, or write the address in numbers.
    """
  ),
  (
    "-A -t 10.0.0.1:",
    """
    2 illegal virtual server address[:port] specified
      In `10.0.0.1:' no port follows the colon; write a number or the name of a service.
    """
  ),
  (
    "-A -t 10.0.0.1:65536",
    """
    2 illegal virtual server address[:port] specified
      The port `65536' is not in 0 to 65535.
    """
  ),
  (
    "-A -t 10.0.0.1:HTTP",
    """
    2 illegal virtual server address[:port] specified
      No TCP service is called `HTTP' (capitals count; see /etc/services).
      Write the port as a number.
    """
  ),
  (
    "-A -t 10.0.0.1:sip",
    """
    2 illegal virtual server address[:port] specified
      No TCP service is called `sip' (capitals count; see /etc/services).
      There is one over UDP: name such a service (-u), or write a number.
    """
  ),
  (
    "-A -u 10.0.0.1:m3ua",
    """
    2 illegal virtual server address[:port] specified
      No UDP service is called `m3ua' (capitals count; see /etc/services).
      There is one over SCTP: name such a service (--sctp-service), or write a number.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2:sip",
    """
    2 illegal real server address[:port] specified
      No TCP service is called `sip' (capitals count; see /etc/services).
      There is one over UDP: name such a service (-u), or write a number.
    """
  ),
  (
    "-a -r 10.0.0.2:http",
    """
    2 illegal real server address[:port] specified
      The port `http' is a name, and no service says over which protocol.
      Add the service (-t, -u, --sctp-service, or -f), or write the port as a number.
    """
  ),
]
