// SPDX-License-Identifier: Apache-2.0

/// Lines, and the exit status and whole message that they get: options that do not go together.
let optionDiagnostics: [(line: String, message: String)] = [
  (
    "-A",
    """
    2 You need to supply the 'service-address' option for the 'add-service' command
      cause: -A (--add-service) is about one virtual service, and none is named
      remedy: add -t, -u, or --sctp-service with host[:port], or -f with a firewall mark
    """
  ),
  (
    "-a -t 10.0.0.1:80",
    """
    2 You need to supply the 'real-server' option for the 'add-server' command
      cause: -a (--add-server) is about one real server, and none is named
      remedy: add -r (--real-server) host[:port]
    """
  ),
  (
    "-L -w 5",
    """
    2 Illegal 'weight' option with the 'list' command
      cause: -w (--weight) means nothing to -L (--list)
      remedy: leave it out; it goes with -a, -e, and --undrain
    """
  ),
  (
    "-L -s rr -w 5",
    """
    2 Illegal 'scheduler' option with the 'list' command
      cause: -w (--weight) means nothing to -L (--list)
      remedy: leave it out; it goes with -a, -e, and --undrain
    """
  ),
  (
    "-L --timeout -r 10.0.0.2",
    """
    2 Illegal 'real-server' option with the 'list' command
      cause: -r (--real-server) selects services, servers, or connections, and what is listed is \
    none of them
      remedy: leave it out
    """
  ),
  (
    "-L --state established",
    """
    2 The option 'state' needs the 'connection' option in the 'list' command
      cause: --state is about connections, and the line lists services
      remedy: add -c (--connection), or leave --state out
    """
  ),
  (
    "-L --by-server --stats",
    """
    2 The option 'by-server' conflicts with the 'stats' option in the 'list' command
      cause: a listing shows either what --stats or what --by-server asks for
      remedy: run the command once for each
    """
  ),
  (
    "-S -t 10.0.0.1:80",
    """
    2 Illegal 'service-address' option with the 'save' command
      cause: -t, -u, --sctp-service, or -f means nothing to -S (--save)
      remedy: leave it out; it goes with -A, -E, -D, -L, -a, -d, -e, -Z, --drain, --undrain, and --doctor
    """
  ),
  (
    "-L -c --timeout",
    """
    2 The option 'timeout' conflicts with the 'connection' option in the 'list' command
      cause: a listing shows either what -c (--connection) or what --timeout asks for
      remedy: run the command once for each
    """
  ),
  (
    "-L -c --stats",
    """
    2 options conflicts in the list command
      cause: -c, --timeout, and --daemon show no services, to which the other view belongs
      remedy: run the command once for each; of the views only --persistent-conn goes with -c
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 --tun-csum",
    """
    2 Tunnel options conflict with forward method
      cause: --tun-csum describes a tunnel, but packets go to this real server without one
      remedy: add -i (--ipip), or leave out what begins with --tun-
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gue",
    """
    2 You need to supply the 'tun-port' option for the 'gue' tunnel type
      cause: a tunnel of the kind gue carries packets in UDP, to a port that is not named
      remedy: add --tun-port, as in --tun-port 6080
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-csum",
    """
    2 Illegal 'tun-csum' option with the 'ipip' tunnel type
      cause: a tunnel of the kind ipip has no --tun-csum
      remedy: leave it out: --tun-port and --tun-remcsum go with gue, other checksums also with gre
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gre --tun-csum --tun-nocsum",
    """
    2 The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type
      cause: the outer header has one kind of checksum
      remedy: leave out --tun-nocsum or --tun-csum
    """
  ),
]
