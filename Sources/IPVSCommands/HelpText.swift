internal import IPVSText

/// What `-h` and `-v` print.
enum HelpText {
  static var help: TextBuffer { TextBuffer(lines: versionLine, helpLines) }

  static var version: TextBuffer { TextBuffer(lines: versionLine) }

  static var ancestorHelp: TextBuffer { TextBuffer(lines: ancestorLines) }

  private static let versionLine: StaticString = """
    ipvsadm v1.31 (in Swift; speaks the language of ipvsadm 1.31)

    """

  private static let helpLines: StaticString = """
    Administers the virtual services of Linux Virtual Server.

    Usage:
      ipvsadm -A|-E SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M MASK] [--pe ENGINE]
                            [-b FLAGS] [-o]
      ipvsadm -D SERVICE
      ipvsadm -a|-e SERVICE -r HOST[:PORT] [-g|-m|-i] [-w WEIGHT] [-x MAX] [-y MIN]
                            [--tun-type KIND] [--tun-port PORT] [--tun-CHECKSUM]
      ipvsadm -d SERVICE -r HOST[:PORT]
      ipvsadm -L|-l [SERVICE] [options]
      ipvsadm -Z [SERVICE]
      ipvsadm -C
      ipvsadm -S [-n]
      ipvsadm -R
      ipvsadm --set TCP TCPFIN UDP
      ipvsadm --start-daemon master|backup [options]
      ipvsadm --stop-daemon master|backup [--syncid ID]
      ipvsadm -h | -v
    Without any word, the table is listed.

    Commands (one, before all options but --engine):
      -A  --add-service      add a virtual service
      -E  --edit-service     set all of a service's settings anew; those that are
                             not named return to their defaults
      -D  --delete-service   delete a service with its real servers
      -a  --add-server       add a real server to a service
      -e  --edit-server      set all of a real server's settings anew
      -d  --delete-server    delete a real server
      -C  --clear            delete all services
      -L, -l  --list         list services, connections, timeouts, or daemons
      -Z  --zero             set counters to zero, of one service or of all
      -S  --save             print all services and servers as input for -R
      -R  --restore          run the commands on standard input, one on a line;
                             `#' begins a comment, a leading `ipvsadm' is skipped
          --set              how many seconds idle connections live: established
                             TCP, TCP after a FIN, UDP; 0 to 2678400, 0 keeps
                             the present value
          --start-daemon     start to send (master) or receive (backup)
                             connections of other directors
          --stop-daemon      stop that
      -h  --help             print this text
      -v  --version          print the version

    SERVICE, one of:
      -t  --tcp-service HOST[:PORT]    port 0 or none: every port, with -p only
      -u  --udp-service HOST[:PORT]
          --sctp-service HOST[:PORT]
      -f  --fwmark-service MARK        packets with a firewall mark, 1 to
                                       4294967295
      -6  --ipv6                       behind -f: of IPv6
    HOST is a name or an address: 10.0.0.1, [fd00::1]. PORT is a number from 0 to
    65535 or the name of a service.

    Options of a service (-A, -E):
      -s  --scheduler NAME     rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo,
                               ovf, mh, or another that the kernel has (default wlc)
      -p  --persistent [SECONDS]  a client stays with its real server this long,
                               1 to 2678400 (default 360); joined (-p60) or the
                               next word if that does not begin with `-'
      -M  --netmask MASK       which clients persistence takes for one: an IPv4
                               mask (default 255.255.255.255) or the length of an
                               IPv6 prefix, 1 to 128 (default 128)
          --pe ENGINE          persistence engine, such as sip (default none)
      -b  --sched-flags LIST   with commas: sh-fallback, sh-port with sh;
                               mh-fallback, mh-port with mh; flag-1, flag-2, flag-3
      -o  --ops                schedule each datagram anew; UDP and marks only

    Options of a real server (-a, -e):
      -r  --real-server HOST[:PORT]  its address (default port: that of the service);
                               -R HOST[:PORT] within -a, -e, -d means the same
      -g  --gatewaying         direct routing (default)
      -m  --masquerading       address translation, to any port
      -i  --ipip               tunnel
      -w  --weight NUMBER      share of connections, 0 to 2147483647 (default 1);
                               0: no new ones
      -x  --u-threshold NUMBER no new connections from this many on (default 0: no
                               limit), 0 to 2147483647
      -y  --l-threshold NUMBER new ones again below this many (default 0: three
                               quarters of -x), 0 to 2147483647
          --tun-type KIND      with -i: ipip, gue, gre (default ipip)
          --tun-port PORT      with gue, which needs it: 1 to 65535
          --tun-nocsum         with gue, gre: no checksum (default)
          --tun-csum           with gue, gre: checksum
          --tun-remcsum        with gue: remote checksum

    Options of a listing (-L):
      -c  --connection         the connections
          --timeout            the timeouts that --set sets
          --daemon             the daemons
          --stats              counters
          --rate               counters per second
          --thresholds         thresholds of real servers
          --persistent-conn    persistent connections; with -c, what persistence
                               engines keep
          --tun-info           tunnels
      -n  --numeric            addresses and ports as numbers; also with -S
      -X  --exact              all digits instead of K, M, G, T
          --nosort             in the order of the kernel
          --sort               without effect, with every command

    Options of daemons (--start-daemon):
          --syncid ID          0 to 255 (default 0; a backup with 0 takes all);
                               also with --stop-daemon
          --sync-maxlen BYTES  longest message, 1 to 65507 (default: by the MTU)
          --mcast-interface NAME  (default eth0)
          --mcast-group ADDRESS  (default 224.0.0.81)
          --mcast-port PORT    1 to 65535 (default 8848)
          --mcast-ttl NUMBER   1 to 255 (default 1)

    Anywhere:
          --engine PATH        ask the program at this unix socket instead of the
                               kernel; so does the environment's IPVSADM_ENGINE

    Exit status: 0; 1 where a listing or output fails; 2 where a line makes no sense
    or there is no IPVS; 255 where the kernel refuses or an option is unknown; of -R,
    that of its last line.

    """

  private static let ancestorLines: StaticString = """
    ippfvsadm, the language of 1998, by ipvsadm v1.31 (in Swift)

    Usage:
      ippfvsadm -A -t|-u ADDRESS:PORT -R ADDRESS:PORT [-w WEIGHT]
      ippfvsadm -D -t|-u ADDRESS:PORT [-R ADDRESS:PORT]
      ippfvsadm -C
      ippfvsadm -L
      ippfvsadm -h

    Commands:
      -A  add a real server, and its virtual service where that is missing
      -D  delete a real server, and its service with the last one; without -R the
          service with all its servers
      -C  delete all services
      -L  list services and their real servers
      -h  print this text, as does a line without a command or with an unknown letter

    Options:
      -t  the address and port of a virtual TCP service, in numbers
      -u  the same of a virtual UDP service
      -R  the address and port of a real server, in numbers; -r means the same
      -w  the share of connections that a real server gets, 0 to 2147483647
          (default 1)

    Services that it adds are scheduled by wrr, weighted round robin; real servers
    are reached by address translation (masquerading).

    """
}

extension TextBuffer {
  fileprivate init(lines first: StaticString, _ second: StaticString = "") {
    self.init(capacity: first.utf8CodeUnitCount + second.utf8CodeUnitCount)
    first.withUTF8Buffer { append(contentsOf: $0) }
    second.withUTF8Buffer { append(contentsOf: $0) }
  }
}
