// SPDX-License-Identifier: Apache-2.0

/// Lines of `ippfvsadm`, and the whole message that they get.
let ancestorDiagnostics: [(line: String, message: String)] = [
  (
    "-A -C",
    """
    ippfvsadm: multiple commands specified
      cause: `-C' is a second command
      remedy: write a line for each of -A, -D, -C, -L
    """
  ),
  (
    "-L -L",
    """
    ippfvsadm: multiple commands specified
      cause: `-L' is a second command
      remedy: write a line for each of -A, -D, -C, -L
    """
  ),
  (
    "-A -t 1.2.3.4:80 -u 1.2.3.4:80",
    """
    ippfvsadm: multiple protocols specified
      cause: `1.2.3.4:80' is a second service
      remedy: a line takes one -t or -u; write two lines
    """
  ),
  (
    "-A -R 1.2.3.4:80 -R 1.2.3.5:80",
    """
    ippfvsadm: multiple destinations specified
      cause: `1.2.3.5:80' is a second real server
      remedy: a line takes one -R; write two lines
    """
  ),
  (
    "-A -w 1 -w 2",
    """
    ippfvsadm: multiple server weights specified
      cause: `2' is a second weight
      remedy: leave one -w out
    """
  ),
  (
    "-A -t 211.57.163.10.21 -R 192.168.1.3:21",
    """
    ippfvsadm: illegal virtual server address:port specified
      cause: `211.57.163.10.21' has more than the four numbers of an IPv4 address
      remedy: if 21 is the port, write a colon before it: 211.57.163.10:21
    """
  ),
  (
    "-A -t 211.xx.163.xx:80",
    """
    ippfvsadm: illegal virtual server address:port specified
      cause: `211.xx.163.xx' is not four numbers with dots between them
      remedy: write the address in numbers, such as 202.103.106.5; names are not looked up here
    """
  ),
  (
    "-A -t 1.2.3.4",
    """
    ippfvsadm: illegal virtual server address:port specified
      cause: `1.2.3.4' has no port
      remedy: write address:port in numbers, such as 202.103.106.5:80
    """
  ),
  (
    "-A -t 1.2.3.4:http",
    """
    ippfvsadm: illegal virtual server address:port specified
      cause: `http' is no port in numbers
      remedy: write a number from 1 to 65535
    """
  ),
  (
    "-A -t 1.2.3.4:0",
    """
    ippfvsadm: illegal virtual server address:port specified
      cause: `0' is no port in numbers
      remedy: write a number from 1 to 65535
    """
  ),
  (
    "-A -R www.example.test:80",
    """
    ippfvsadm: illegal destination specified
      cause: `www.example.test' is not four numbers with dots between them
      remedy: write the address in numbers, such as 202.103.106.5; names are not looked up here
    """
  ),
  (
    "-A -R 1.2.3.4:65536",
    """
    ippfvsadm: illegal destination specified
      cause: `65536' is no port in numbers
      remedy: write a number from 1 to 65535
    """
  ),
  (
    "-A -w -1",
    """
    ippfvsadm: illegal weight specified
      cause: `-1' is out of range
      remedy: write a number from 0 to 2147483647
    """
  ),
  (
    "-A -w x",
    """
    ippfvsadm: illegal weight specified
      cause: `x' is no whole decimal number
      remedy: write a number from 0 to 2147483647
    """
  ),
  (
    "-A -t 1.2.3.4:80 foo",
    """
    ippfvsadm: unknown arguments found on commandline
      cause: `foo' belongs to no option
      remedy: write -t or -u before a service, -R before a real server, -w before a weight
    """
  ),
  (
    "-A -t 1.2.3.4:80",
    """
    ippfvsadm: insufficient options specified
      cause: -A adds a real server, and none is named
      remedy: add -R address:port
    """
  ),
  (
    "-A",
    """
    ippfvsadm: insufficient options specified
      cause: -A is about a service, and none is named
      remedy: add -t address:port, or -u address:port for UDP
    """
  ),
  (
    "-D -R 1.2.3.4:80",
    """
    ippfvsadm: insufficient options specified
      cause: -D is about a service, and none is named
      remedy: add -t address:port, or -u address:port for UDP
    """
  ),
  (
    "-D -t 1.2.3.4:80 -w 1",
    """
    ippfvsadm: incompatible options specified
      cause: -w means nothing to -D
      remedy: leave one of them out
    """
  ),
  (
    "-C -t 1.2.3.4:80",
    """
    ippfvsadm: incompatible options specified
      cause: -C is about the whole table, -t or -u about one service
      remedy: leave one of them out
    """
  ),
  (
    "-L -R 1.2.3.4:80",
    """
    ippfvsadm: incompatible options specified
      cause: -R means nothing to -L
      remedy: leave one of them out
    """
  ),
]
