// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

/// The options that a line may hold once, in the order in which they are checked against the
/// command, by the word that messages use for them. Each has its rows in `OptionTable`.
public enum OptionName: UInt8, Hashable, Sendable, CaseIterable {
  case numeric
  case connection

  /// One of `-t`, `-u`, `--sctp-service`, `-f`.
  case serviceAddress
  case scheduler
  case persistent
  case netmask
  case realServer

  /// One of `-g`, `-m`, `-i`.
  case forwardingMethod
  case weight
  case upperThreshold
  case lowerThreshold
  case multicastInterface
  case timeout
  case daemon
  case statistics
  case rate
  case thresholds
  case persistentConnections
  case noSort
  case syncID
  case exact
  case onePacket
  case persistenceEngine
  case schedulerFlags
  case multicastGroup
  case multicastPort
  case multicastTimeToLive
  case syncMaximumLength
  case tunnelInfo
  case tunnelKind
  case tunnelPort
  case tunnelNoChecksum
  case tunnelChecksum
  case tunnelRemoteChecksum
  case keepRest
  case strict
  case full
  case dryRun
  case keepWeights
  case keepOthers
  case allowEmpty
  case confirm
  case lockWait
  case wait
  case allConnections
  case deleteWhenEmpty
  case force
  case watch
  case sortBy
  case client
  case state
  case countBy
  case byServer
  case openMetrics
  case output
  case verbose
  case resolve
  case configID
  case parameter
  case environment
  case mark
  case rules
  case virtualAddress
  case serverPort
  case serverTunnel
  case directorAddress
  case quick
  case probe
  case forRules

  /// The most seconds between two looks at a table: a day.
  public static let longestInterval = 24 * 60 * 60

  /// 31 days, the most seconds in a timeout.
  public static let longestTimeout = 31 * 24 * 60 * 60
}

extension CommandSet {
  fileprivate static var services: CommandSet { [.addService, .editService] }
  fileprivate static var servers: CommandSet { [.addServer, .editServer] }
  fileprivate static var draining: CommandSet { [.drain, .undrain] }
  fileprivate static var tableChanges: CommandSet { [.apply, .undo] }

  /// The commands that may name a service.
  fileprivate static var perhapsAboutService: CommandSet { [.zero, .drain, .undrain, .doctor] }

  /// The commands that name the service that they are about.
  fileprivate static var aboutService: CommandSet {
    [.addService, .editService, .deleteService, .addServer, .editServer, .deleteServer]
  }
}

/// Every word that begins with `-` (ipvsadm(8)). Long names are never shortened, and case counts.
///
/// This is the only list of commands and options: what is read, which options go with which command,
/// the words of messages, and the text of `-h` come from it. The order is that of `-h`.
///
/// The table is a constant that the compiler lays out in memory, and reading from it makes nothing: of
/// an array the Swift runtime would first have to make the type, which takes longer than all else that
/// a short run does. So keep to what the compiler can compute: literals, cases, and sets of commands.
package enum OptionTable {
  package static let table: InlineArray<_, OptionRow> = [
    OptionRow(
      .commands, "add-service", "A", .none, .command(.addService),
      help: "  -A  --add-service      add a virtual service"),
    OptionRow(
      .commands, "edit-service", "E", .none, .command(.editService),
      help: """
          -E  --edit-service     set all of a service's settings anew; those that are
                                 not named return to their defaults
        """),
    OptionRow(
      .commands, "delete-service", "D", .none, .command(.deleteService),
      help: "  -D  --delete-service   delete a service with its real servers"),
    OptionRow(
      .commands, "add-server", "a", .none, .command(.addServer),
      help: "  -a  --add-server       add a real server to a service"),
    OptionRow(
      .commands, "edit-server", "e", .none, .command(.editServer),
      help: "  -e  --edit-server      set all of a real server's settings anew"),
    OptionRow(
      .commands, "delete-server", "d", .none, .command(.deleteServer),
      help: "  -d  --delete-server    delete a real server"),
    OptionRow(
      .commands, "clear", "C", .none, .command(.clear),
      help: "  -C  --clear            delete all services"),
    OptionRow(
      .commands, "list", "L", or: "l", .none, .command(.list),
      help: "  -L, -l  --list         list services, connections, timeouts, or daemons"),
    OptionRow(
      .commands, "zero", "Z", .none, .command(.zero),
      help: "  -Z  --zero             set counters to zero, of one service or of all"),
    OptionRow(
      .commands, "save", "S", .none, .command(.save),
      help: "  -S  --save             print all services and servers as input for -R"),
    OptionRow(
      .commands, "restore", "R", .none, .command(.restore),
      help: """
          -R  --restore          run the commands on standard input, one on a line;
                                 `#' begins a comment, a leading `ipvsadm' is skipped
        """),
    OptionRow(
      .commands, "set", nil, .none, .command(.setTimeouts),
      help: """
              --set              how many seconds idle connections live: established
                                 TCP, TCP after a FIN, UDP; 0 to 2678400, 0 keeps
                                 the present value
        """),
    OptionRow(
      .commands, "start-daemon", nil, .text, .command(.startDaemon),
      help: """
              --start-daemon     start to send (master) or receive (backup)
                                 connections of other directors
        """),
    OptionRow(
      .commands, "stop-daemon", nil, .text, .command(.stopDaemon),
      help: "      --stop-daemon      stop that"),
    OptionRow(
      .commands, "check", nil, .none, .command(.check),
      help: "      --check            tell every fault of rule files; needs no IPVS"),
    OptionRow(
      .commands, "diff", nil, .none, .command(.diff),
      help: """
              --diff             show what the table, or a first file, lacks to be as a
                                 file says
        """),
    OptionRow(
      .commands, "apply", nil, .none, .command(.apply),
      help: """
              --apply            make the table as a file says, with the fewest changes,
                                 whole or not at all
        """),
    OptionRow(
      .commands, "undo", nil, .none, .command(.undo),
      help: """
              --undo             go back to the table before the last --apply, --undo,
                                 or -R or -C on a terminal
        """),
    OptionRow(
      .commands, "drain", nil, .none, .command(.drain),
      help: """
              --drain            give a server weight 0 and wait until its connections
                                 have ended
        """),
    OptionRow(
      .commands, "undrain", nil, .none, .command(.undrain),
      help: "      --undrain          give it the weight from before"),
    OptionRow(
      .commands, "metrics", nil, .joinedText, .command(.metrics),
      help: """
              --metrics          print counters and settings of the table and its
                                 services for Prometheus; --metrics=server: of real
                                 servers, too
        """),
    OptionRow(
      .commands, "monitor", nil, .joinedNumber(1, OptionName.longestInterval), .command(.monitor),
      help: """
              --monitor[=SECONDS]  print each change of the table that others make; look
                                 every SECONDS, 1 to 86400 (default 1)
        """),
    OptionRow(
      .commands, "import", nil, .text, .command(.importRules),
      help: """
              --import           print the rules of a configuration of keepalived,
                                 ldirectord, or ipvsctl; needs no IPVS
        """),
    OptionRow(
      .commands, "explain", nil, .none, .command(.explain),
      help: """
              --explain          say which service and which server a new connection
                                 gets, and why: tcp, udp, or sctp, CLIENT[:PORT], and
                                 ADDRESS[:PORT]; or - for such lines on standard input
        """),
    OptionRow(
      .commands, "doctor", nil, .none, .command(.doctor),
      help: """
              --doctor           look for what keeps the services, or one, from being
                                 served, and say what to do; nothing is changed
        """),
    OptionRow(
      .commands, "completion", nil, .text, .command(.completion),
      help: """
              --completion       print what makes a shell complete lines: bash, zsh, or
                                 fish
        """),
    OptionRow(
      .commands, "help", "h", .none, .command(.help),
      help: "  -h  --help             print this text"),
    OptionRow(
      .commands, "version", "v", .none, .command(.version),
      help: "  -v  --version          print the version"),
    OptionRow(
      .service, "tcp-service", "t", .text, .service(.tcp),
      required: .aboutService, optional: .perhapsAboutService, exclusive: .list,
      selecting: .list,
      help: "  -t  --tcp-service HOST[:PORT]    port 0 or none: every port, with -p only"),
    OptionRow(
      .service, "udp-service", "u", .text, .service(.udp),
      required: .aboutService, optional: .perhapsAboutService, exclusive: .list,
      selecting: .list,
      help: "  -u  --udp-service HOST[:PORT]"),
    OptionRow(
      .service, "sctp-service", nil, .text, .service(.sctp),
      required: .aboutService, optional: .perhapsAboutService, exclusive: .list,
      selecting: .list,
      help: "      --sctp-service HOST[:PORT]"),
    OptionRow(
      .service, "fwmark-service", "f", .text, .mark,
      required: .aboutService, optional: .perhapsAboutService, exclusive: .list,
      selecting: .list,
      help: """
          -f  --fwmark-service MARK        packets with a firewall mark, 1 to
                                           4294967295
        """),
    OptionRow(
      .service, "ipv6", "6", .none, .ipv6,
      help: "  -6  --ipv6                       behind -f: of IPv6"),
    OptionRow(
      .services, "scheduler", "s", .text, .option(.scheduler), optional: .services,
      selecting: .list, help: "  -s  --scheduler NAME    ", listsSchedulers: true),
    OptionRow(
      .services, "persistent", "p", .optionalNumber(1, OptionName.longestTimeout),
      .option(.persistent), optional: .services,
      help: """
          -p  --persistent [SECONDS]  a client stays with its real server this long,
                                   1 to 2678400 (default 360); joined (-p60) or the
                                   next word if that does not begin with `-'
        """),
    OptionRow(
      .services, "netmask", "M", .text, .option(.netmask), optional: .services,
      help: """
          -M  --netmask MASK       which clients persistence takes for one: an IPv4
                                   mask (default 255.255.255.255) or the length of an
                                   IPv6 prefix, 1 to 128 (default 128)
        """),
    OptionRow(
      .services, "pe", nil, .text, .option(.persistenceEngine), optional: .services,
      help: "      --pe ENGINE          persistence engine, such as sip (default none)"),
    OptionRow(
      .services, "sched-flags", "b", .text, .option(.schedulerFlags), optional: .services,
      help: """
          -b  --sched-flags LIST   with commas: sh-fallback, sh-port with sh;
                                   mh-fallback, mh-port with mh; flag-1, flag-2, flag-3
        """),
    OptionRow(
      .services, "ops", "o", .none, .option(.onePacket), optional: .services,
      help: "  -o  --ops                schedule each datagram anew; UDP and marks only"),
    OptionRow(
      .servers, "real-server", "r", .text, .option(.realServer),
      required: .servers.union(.deleteServer).union(.draining), optional: .doctor,
      selecting: .list, bare: .doctor,
      help: """
          -r  --real-server HOST[:PORT]  its address (default port: that of the service);
                                   -R HOST[:PORT] within -a, -e, -d means the same
        """),
    OptionRow(
      .servers, "gatewaying", "g", .none, .method(.directRouting), optional: .servers,
      help: "  -g  --gatewaying         direct routing (default)"),
    OptionRow(
      .servers, "masquerading", "m", .none, .method(.masquerading), optional: .servers,
      help: "  -m  --masquerading       address translation, to any port"),
    OptionRow(
      .servers, "ipip", "i", .none, .method(.tunneling), optional: .servers,
      help: "  -i  --ipip               tunnel"),
    OptionRow(
      .servers, "weight", "w", .number(0, Int(Int32.max)), .option(.weight),
      optional: .servers.union(.undrain),
      help: """
          -w  --weight NUMBER      share of connections, 0 to 2147483647 (default 1);
                                   0: no new ones
        """),
    OptionRow(
      .servers, "u-threshold", "x", .number(0, Int(Int32.max)), .option(.upperThreshold),
      optional: .servers,
      help: """
          -x  --u-threshold NUMBER no new connections from this many on (default 0: no
                                   limit), 0 to 2147483647
        """),
    OptionRow(
      .servers, "l-threshold", "y", .number(0, Int(Int32.max)), .option(.lowerThreshold),
      optional: .servers,
      help: """
          -y  --l-threshold NUMBER new ones again below this many (default 0: three
                                   quarters of -x), 0 to 2147483647
        """),
    OptionRow(
      .servers, "tun-type", nil, .text, .option(.tunnelKind), optional: .servers,
      help: "      --tun-type KIND      with -i: ipip, gue, gre (default ipip)"),
    OptionRow(
      .servers, "tun-port", nil, .number(1, 65535), .option(.tunnelPort), optional: .servers,
      help: "      --tun-port PORT      with gue, which needs it: 1 to 65535"),
    OptionRow(
      .servers, "tun-nocsum", nil, .none, .option(.tunnelNoChecksum), optional: .servers,
      help: "      --tun-nocsum         with gue, gre: no checksum (default)"),
    OptionRow(
      .servers, "tun-csum", nil, .none, .option(.tunnelChecksum), optional: .servers,
      help: "      --tun-csum           with gue, gre: checksum"),
    OptionRow(
      .servers, "tun-remcsum", nil, .none, .option(.tunnelRemoteChecksum), optional: .servers,
      help: "      --tun-remcsum        with gue: remote checksum"),
    OptionRow(
      .servers, "keep-rest", nil, .none, .option(.keepRest), optional: [.editService, .editServer],
      help: """
              --keep-rest          with -e, -E: change what the line names, and nothing
                                   else
        """),
    OptionRow(
      .listings, "connection", "c", .none, .option(.connection), exclusive: .list,
      help: "  -c  --connection         the connections"),
    OptionRow(
      .listings, "timeout", nil, .none, .option(.timeout), exclusive: .list,
      help: "      --timeout            the timeouts that --set sets"),
    OptionRow(
      .listings, "daemon", nil, .none, .option(.daemon), exclusive: .list,
      help: "      --daemon             the daemons"),
    OptionRow(
      .listings, "stats", nil, .none, .option(.statistics), optional: .list,
      help: "      --stats              counters"),
    OptionRow(
      .listings, "rate", nil, .none, .option(.rate), optional: .list,
      help: "      --rate               counters per second"),
    OptionRow(
      .listings, "thresholds", nil, .none, .option(.thresholds), optional: .list,
      help: "      --thresholds         thresholds of real servers"),
    OptionRow(
      .listings, "persistent-conn", nil, .none, .option(.persistentConnections), optional: .list,
      help: """
              --persistent-conn    persistent connections; with -c, what persistence
                                   engines keep
        """),
    OptionRow(
      .listings, "tun-info", nil, .none, .option(.tunnelInfo), optional: .list,
      help: "      --tun-info           tunnels"),
    OptionRow(
      .listings, "client", nil, .text, .option(.client), selecting: .list,
      help: """
              --client NETWORK     with -c: those of clients in a network, such as
                                   10.0.0.0/8 or 2001:db8::1
        """),
    OptionRow(
      .listings, "state", nil, .text, .option(.state), selecting: .list,
      help: """
              --state NAME         with -c: those in a state, such as SYN_RECV; of these
                                   two and of SERVICE, -r, and -s several may be given:
                                   one of each kind must fit
        """),
    OptionRow(
      .listings, "count-by", nil, .text, .option(.countBy), optional: .list,
      help: """
              --count-by KEY       with -c: how many, by state, server, service, client,
                                   or scheduler
        """),
    OptionRow(
      .listings, "by-server", nil, .none, .option(.byServer), optional: .list,
      help: """
              --by-server          each machine with the services that it serves
        """),
    OptionRow(
      .listings, "numeric", "n", .none, .option(.numeric), optional: [.list, .save],
      help: "  -n  --numeric            addresses and ports as numbers; also with -S"),
    OptionRow(
      .listings, "exact", "X", .none, .option(.exact), optional: .list,
      help: "  -X  --exact              all digits instead of K, M, G, T"),
    OptionRow(
      .listings, "nosort", nil, .none, .option(.noSort), optional: .list,
      help: "      --nosort             in the order of the kernel"),
    OptionRow(
      .listings, "watch", nil, .joinedNumber(1, OptionName.longestInterval), .option(.watch),
      optional: .list,
      help: """
              --watch[=SECONDS]    live, with traffic and shares, read every SECONDS, 1
                                   to 86400 (default 2); ? explains the keys
        """),
    OptionRow(
      .listings, "sort-by", nil, .text, .option(.sortBy), optional: .list,
      help: """
              --sort-by COLUMN     with --watch: name (default), or the greatest first of
                                   weight, share, active, conns, in, or out
        """),
    OptionRow(
      .listings, "sort", nil, .none, .nothing,
      help: "      --sort               without effect, with every command"),
    OptionRow(
      .daemons, "syncid", nil, .number(0, 255), .option(.syncID),
      optional: [.list, .startDaemon, .stopDaemon],
      help: """
              --syncid ID          0 to 255 (default 0; a backup with 0 takes all);
                                   also with --stop-daemon
        """),
    OptionRow(
      .daemons, "sync-maxlen", nil, .number(1, 65507), .option(.syncMaximumLength),
      optional: .startDaemon,
      help: "      --sync-maxlen BYTES  longest message, 1 to 65507 (default: by the MTU)"),
    OptionRow(
      .daemons, "mcast-interface", nil, .text, .option(.multicastInterface), optional: .startDaemon,
      help: "      --mcast-interface NAME  (default eth0)"),
    OptionRow(
      .daemons, "mcast-group", nil, .text, .option(.multicastGroup), optional: .startDaemon,
      help: "      --mcast-group ADDRESS  (default 224.0.0.81)"),
    OptionRow(
      .daemons, "mcast-port", nil, .number(1, 65535), .option(.multicastPort),
      optional: .startDaemon,
      help: "      --mcast-port PORT    1 to 65535 (default 8848)"),
    OptionRow(
      .daemons, "mcast-ttl", nil, .number(1, 255), .option(.multicastTimeToLive),
      optional: .startDaemon,
      help: "      --mcast-ttl NUMBER   1 to 255 (default 1)"),
    OptionRow(
      .tables, "dry-run", nil, .none, .option(.dryRun), optional: .tableChanges,
      help: "      --dry-run            print the plan, which -R can read, and change nothing"),
    OptionRow(
      .tables, "keep-weights", nil, .none, .option(.keepWeights), optional: .apply,
      help: "      --keep-weights       servers that are there keep their weights"),
    OptionRow(
      .tables, "keep-others", nil, .none, .option(.keepOthers), optional: .apply,
      help: "      --keep-others        services that the file does not name stay"),
    OptionRow(
      .tables, "allow-empty", nil, .none, .option(.allowEmpty), optional: .apply,
      help: "      --allow-empty        the file may be without services"),
    OptionRow(
      .tables, "confirm", nil, .number(1, 86400), .option(.confirm), optional: .tableChanges,
      help: """
              --confirm SECONDS    then ask, and without a `yes' in time, 1 to 86400,
                                   take everything back
        """),
    OptionRow(
      .tables, "lock-wait", nil, .number(0, 86400), .option(.lockWait),
      optional: .tableChanges.union(.draining),
      help: """
              --lock-wait SECONDS  how long to wait for another change to end, 0 to
                                   86400 (default 10)
        """),
    OptionRow(
      .tables, "full", nil, .none, .option(.full), optional: .save,
      help: "      --full               with -S: thresholds, timeouts, and daemons as well"),
    OptionRow(
      .tables, "strict", nil, .none, .option(.strict), optional: [.restore, .importRules, .doctor],
      help: """
              --strict             with -R: the exit status is that of the first line
                                   that fails; with --import, --doctor: warnings count
        """),
    OptionRow(
      .draining, "wait", nil, .number(0, OptionName.longestTimeout), .option(.wait),
      optional: .drain,
      help: "      --wait SECONDS       at most so long, 0 to 2678400 (default: no limit)"),
    OptionRow(
      .draining, "all-conns", nil, .none, .option(.allConnections), optional: .drain,
      help: """
              --all-conns          until inactive connections and persistence have
                                   ended, too
        """),
    OptionRow(
      .draining, "delete", nil, .none, .option(.deleteWhenEmpty), optional: .drain,
      help: "      --delete             then delete the server"),
    OptionRow(
      .draining, "force", nil, .none, .option(.force), optional: .drain,
      help: "      --force              also a service's last usable server"),
    OptionRow(
      .metrics, "openmetrics", nil, .none, .option(.openMetrics), optional: .metrics,
      help: "      --openmetrics        as OpenMetrics 1.0, not as Prometheus text 0.0.4"),
    OptionRow(
      .metrics, "output", nil, .text, .option(.output), optional: .metrics,
      help: """
              --output FILE        replace FILE in one step, as node_exporter's textfile
                                   collector needs it; - is standard output
        """),
    OptionRow(
      .importing, "verbose", nil, .none, .option(.verbose), optional: .importRules,
      help: """
              --verbose            also tell what has no meaning for a table, which files
                                   are read, and where each service was found
        """),
    OptionRow(
      .importing, "resolve", nil, .none, .option(.resolve), optional: .importRules,
      help: "      --resolve            look up the names of hosts"),
    OptionRow(
      .importing, "config-id", nil, .text, .option(.configID), optional: .importRules,
      help: """
              --config-id ID       what @ID of keepalived is compared with (default: the
                                   name of this machine to its first dot)
        """),
    OptionRow(
      .importing, "parameter", nil, .text, .option(.parameter), selecting: .importRules,
      help: """
              --parameter NAME=VALUE  the value of ${NAME} of ipvsctl; several may be
                                   given
        """),
    OptionRow(
      .importing, "environment", nil, .none, .option(.environment), optional: .importRules,
      help: "      --environment        fill ${env.NAME} of ipvsctl from the environment"),
    OptionRow(
      .explaining, "mark", nil, .number(0, Int(UInt32.max)), .option(.mark), optional: .explain,
      help: """
              --mark NUMBER        the packet's firewall mark, 0 to 4294967295; 0: it has
                                   none
        """),
    OptionRow(
      .explaining, "rules", nil, .text, .option(.rules), optional: .explain,
      help: "      --rules FILE         ask the rules of a file, not a table; needs no IPVS"),
    OptionRow(
      .doctor, "vip", nil, .text, .option(.virtualAddress), selecting: .doctor,
      help: """
              --vip ADDRESS        with --real-server: a virtual address (default: those
                                   of lo, dummies, and tunnels); may be there again
        """),
    OptionRow(
      .doctor, "port", nil, .number(1, 65535), .option(.serverPort), optional: .doctor,
      help: """
              --port PORT          with --real-server: where something must listen, 1 to
                                   65535
        """),
    OptionRow(
      .doctor, "tunnel", nil, .text, .option(.serverTunnel), optional: .doctor,
      help: """
              --tunnel KIND        with --real-server: ipip, gue, or gre, by which packets
                                   come
        """),
    OptionRow(
      .doctor, "director", nil, .text, .option(.directorAddress), optional: .doctor,
      help: "      --director ADDRESS   with --real-server: an address of the director"),
    OptionRow(
      .doctor, "quick", nil, .none, .option(.quick), optional: .doctor,
      help: "      --quick              one look, not two with 2.5 seconds between them"),
    OptionRow(
      .doctor, "probe", nil, .none, .option(.probe), optional: .doctor,
      help: """
              --probe              send a datagram to neighbours of which nothing is
                                   known
        """),
    OptionRow(
      .doctor, "for", nil, .text, .option(.forRules), optional: .doctor,
      help: "      --for FILE           whether the rules of a file could be applied, too"),
    OptionRow(
      .anywhere, "netns", nil, .text, .global(.namespace),
      help: """
              --netns NAME         the network namespace of ip-netns(8) of that name, or
                                   at a path such as /proc/PID/ns/net
        """),
    OptionRow(
      .anywhere, "json", "j", .none, .global(.json),
      help: """
          -j  --json               listings, plans, faults, and errors as JSON, with all
                                   fields and all digits
        """),
    OptionRow(
      .anywhere, "color", nil, .text, .global(.color),
      help: """
              --color WHEN         colors in --watch and --monitor: auto (default: on a
                                   terminal, unless NO_COLOR is set), always, never
        """),
    OptionRow(
      .anywhere, "engine", nil, .text, .global(.engine),
      help: """
              --engine PATH        ask the program at this unix socket instead of the
                                   kernel; so does the environment's IPVSADM_ENGINE
        """),
  ]

  /// All rows, for code that may take its time.
  package static var rows: [OptionRow] { table.indices.map { table[$0] } }

  /// The index in `table` for each letter, by its byte; `none` where there is none.
  private static let indices: InlineArray<256, UInt8> = {
    var indices = InlineArray<256, UInt8>(repeating: none)
    for index in table.indices {
      if let letter = table[index].letter { indices[Int(letter)] = UInt8(index) }
      if let letter = table[index].otherLetter { indices[Int(letter)] = UInt8(index) }
    }
    return indices
  }()

  private static let none = UInt8.max

  /// The index of the option with a letter.
  static func index(of letter: UInt8) -> Int? {
    let index = indices[Int(letter)]
    return index == none ? nil : Int(index)
  }

  /// The index of the option with a long name, given without its dashes.
  static func index(of name: Span<UInt8>) -> Int? {
    for index in table.indices where name.equals(table[index].long) { return index }
    return nil
  }
}
