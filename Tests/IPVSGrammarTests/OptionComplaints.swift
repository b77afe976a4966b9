/// Lines, and the exit status and whole message that they get; options that do not go together.
let optionComplaints: [(line: String, message: String)] = [
  (
    "-A",
    """
    2 You need to supply the 'service-address' option for the 'add-service' command
      -A (--add-service) is about one virtual service.
      Name it with -t, -u, or --sctp-service host[:port], or with -f mark.
    """
  ),
  (
    "-a -t 10.0.0.1:80",
    """
    2 You need to supply the 'real-server' option for the 'add-server' command
      -a (--add-server) is about one real server: name it with -r (--real-server) host[:port].
    """
  ),
  (
    "-L -s rr",
    """
    2 Illegal 'scheduler' option with the 'list' command
      -s (--scheduler) means nothing to -L (--list).
      It goes with -A and -E.
    """
  ),
  (
    "-S -t 10.0.0.1:80",
    """
    2 Illegal 'service-address' option with the 'save' command
      -t, -u, --sctp-service, or -f means nothing to -S (--save).
      It goes with -A, -E, -D, -L, -a, -d, -e, and -Z.
    """
  ),
  (
    "-L -c --timeout",
    """
    2 The option 'timeout' conflicts with the 'connection' option in the 'list' command
      A listing shows either what -c (--connection) or what --timeout asks for.
      Run the command once for each.
    """
  ),
  (
    "-L -c --stats",
    """
    2 options conflicts in the list command
      --stats, --rate, and --thresholds are columns of services and real servers, which
      -c, --timeout, and --daemon do not show; --persistent-conn goes with -c alone of these.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 --tun-csum",
    """
    2 Tunnel options conflict with forward method
      --tun-csum describes a tunnel, but packets go to this real server without one.
      Add -i (--ipip), or leave out what begins with --tun-.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gue",
    """
    2 You need to supply the 'tun-port' option for the 'gue' tunnel type
      A gue tunnel carries packets in UDP: name its port, as in --tun-port 6080.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-csum",
    """
    2 Illegal 'tun-csum' option with the 'ipip' tunnel type
      A tunnel of the kind ipip has no --tun-csum.
      A port and --tun-remcsum go with gue, the other checksums with gue and gre.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gre --tun-csum --tun-nocsum",
    """
    2 The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type
      The outer header has one kind of checksum: take --tun-nocsum or --tun-csum.
    """
  ),
]
