// SPDX-License-Identifier: Apache-2.0

/// Lines, and the exit status and whole message that they get: addresses.
let addressDiagnostics: [(line: String, message: String)] = [
  (
    "-A --tcp-service=",
    """
    2 illegal virtual server address[:port] specified
      cause: the address is empty
      remedy: write host:port, such as 10.0.0.1:80
    """
  ),
  (
    "-A -t 80",
    """
    2 illegal virtual server address[:port] specified
      cause: `80' could be an address or a port
      remedy: write host:port, such as 10.0.0.1:80, or for a firewall mark -f 80
    """
  ),
  (
    "-A -t [fd00::1",
    """
    2 illegal virtual server address[:port] specified
      cause: `[fd00::1' has no `]' after the address
      remedy: write [address] or [address]:port
    """
  ),
  (
    "-A -t [fd00::1]80",
    """
    2 illegal virtual server address[:port] specified
      cause: `80' follows `]', where only a colon and a port may
      remedy: write [address] or [address]:port
    """
  ),
  (
    "-A -t [10.0.0.1] -p",
    """
    2 illegal virtual server address[:port] specified
      cause: in `[10.0.0.1]' no port follows `]', and only an IPv6 address has brackets without one
      remedy: write [host]:port, or leave the brackets out
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r [10.0.0.2:80]",
    """
    2 illegal real server address[:port] specified
      cause: in `[10.0.0.2:80]' no port follows `]', and only an IPv6 address has brackets without one
      remedy: write [host]:port, or leave the brackets out
    """
  ),
  (
    "-A -t 211.57.163.10.21",
    """
    2 illegal virtual server address[:port] specified
      cause: `211.57.163.10.21' has more than the four numbers of an IPv4 address
      remedy: if 21 is the port, write a colon before it: 211.57.163.10:21
    """
  ),
  (
    "-A -t 211.57.163.10.21:80",
    """
    2 illegal virtual server address[:port] specified
      cause: `211.57.163.10.21:80' has more than the four numbers of an IPv4 address
      remedy: leave out the numbers after the fourth
    """
  ),
  (
    "-A -t 211.57.163.10.99999",
    """
    2 illegal virtual server address[:port] specified
      cause: `211.57.163.10.99999' has more than the four numbers of an IPv4 address
      remedy: leave out the numbers after the fourth
    """
  ),
  (
    "-A -t 211.xx.163.xx:80",
    """
    2 illegal virtual server address[:port] specified
      cause: in `211.xx.163.xx:80' `xx' is no number, and no host has that name
      remedy: write the numbers of the real address in place of the letters
    """
  ),
  (
    "-A -t 211.57.163.x:80",
    """
    2 illegal virtual server address[:port] specified
      cause: in `211.57.163.x:80' `x' is no number, and no host has that name
      remedy: write the numbers of the real address in place of the letters
    """
  ),
  (
    "-A -t 10.0.0.300:80",
    """
    2 illegal virtual server address[:port] specified
      cause: in `10.0.0.300:80' `300' is too large for a part of an IPv4 address
      remedy: write four numbers from 0 to 255 with dots between them
    """
  ),
  (
    "-A -t 10..0.1:80",
    """
    2 illegal virtual server address[:port] specified
      cause: in `10..0.1:80' a number is missing beside a dot
      remedy: write four numbers from 0 to 255 with dots between them
    """
  ),
  (
    "-A -t 10.0.0.1:80:80",
    """
    2 illegal virtual server address[:port] specified
      cause: `10.0.0.1:80:80' has more colons than host:port, but holds no IPv6 address
      remedy: write host:port, or for IPv6 [address]:port
    """
  ),
  (
    "-A -t fd00::1::2",
    """
    2 illegal virtual server address[:port] specified
      cause: `fd00::1::2' has more colons than host:port, but holds no IPv6 address
      remedy: write host:port, or for IPv6 [address]:port
    """
  ),
  (
    "-A -t [fe80::1%eth0]:80",
    """
    2 illegal virtual server address[:port] specified
      cause: `[fe80::1%eth0]:80' names an interface after `%', for which IPVS has no field
      remedy: write an address that is the same on every interface
    """
  ),
  (
    "-A -t nosuch.example.test:80",
    """
    2 illegal virtual server address[:port] specified
      cause: no address is known for the host `nosuch.example.test'
      remedy: check its spelling, /etc/hosts, and DNS, or write the address in numbers
    """
  ),
  (
    "-A -t 10.0.0.1:",
    """
    2 illegal virtual server address[:port] specified
      cause: in `10.0.0.1:' no port follows the colon
      remedy: write a number or the name of a service, or leave the colon out
    """
  ),
  (
    "-A -t 10.0.0.1:65536",
    """
    2 illegal virtual server address[:port] specified
      cause: the port `65536' is out of range
      remedy: write a number from 0 to 65535
    """
  ),
  (
    "-A -t 10.0.0.1:HTTP",
    """
    2 illegal virtual server address[:port] specified
      cause: no TCP service is called `HTTP' (capitals count; see /etc/services)
      remedy: write the port as a number
    """
  ),
  (
    "-A -t 10.0.0.1:sip",
    """
    2 illegal virtual server address[:port] specified
      cause: no TCP service is called `sip' (capitals count; see /etc/services)
      remedy: write the port as a number, or name a service over UDP (-u), which has one
    """
  ),
  (
    "-A -u 10.0.0.1:m3ua",
    """
    2 illegal virtual server address[:port] specified
      cause: no UDP service is called `m3ua' (capitals count; see /etc/services)
      remedy: write the port as a number, or name a service over SCTP (--sctp-service), which has one
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2:sip",
    """
    2 illegal real server address[:port] specified
      cause: no TCP service is called `sip' (capitals count; see /etc/services)
      remedy: write the port as a number, or name a service over UDP (-u), which has one
    """
  ),
  (
    "-a -r 10.0.0.2:http -w x -t 10.0.0.1:80",
    """
    2 illegal real server address[:port] specified
      cause: the port `http' is a name, and no service says over which protocol
      remedy: add the service (-t, -u, --sctp-service, or -f), or write the port as a number
    """
  ),
  (
    "-A -M 64abc -p 0",
    """
    2 illegal virtual server persistent mask specified
      cause: `64abc' is no IPv4 mask
      remedy: write it as an address, such as 255.255.255.0
    """
  ),
  (
    "-a -r 10.0.0.2:http",
    """
    2 illegal real server address[:port] specified
      cause: the port `http' is a name, and no service says over which protocol
      remedy: add the service (-t, -u, --sctp-service, or -f), or write the port as a number
    """
  ),
]
