// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSCommands
@testable import IPVSGrammar

/// A line that is good for each command that takes options.
let commandLines: [(line: String, name: CommandName)] = [
  ("-A -t 10.0.0.1:80", .addService), ("-E -t 10.0.0.1:80", .editService),
  ("-D -t 10.0.0.1:80", .deleteService), ("-C", .clear), ("-L", .list),
  ("-a -t 10.0.0.1:80 -r 10.0.0.2", .addServer), ("-d -t 10.0.0.1:80 -r 10.0.0.2", .deleteServer),
  ("-e -t 10.0.0.1:80 -r 10.0.0.2", .editServer), ("--set 1 2 3", .setTimeouts),
  ("--start-daemon master", .startDaemon), ("--stop-daemon master", .stopDaemon),
  ("-R", .restore), ("-S", .save), ("-Z", .zero),
]

/// The table of commands and options in ipvsadm.c (`commands_v_options`) and in ipvsadm(8).
@Suite struct MatrixTests {
  /// Each option, and the commands that take it, in the order of `commandLines`: `o` takes, `-` refuses.
  static let rows: [(option: String, name: OptionName, taken: String)] = [
    ("-n", .numeric, "----o-------o-"),
    ("-c", .connection, "----o---------"),
    ("-s rr", .scheduler, "oo--o---------"),
    ("-p 5", .persistent, "oo------------"),
    ("-M 24", .netmask, "oo------------"),
    ("--pe sip", .persistenceEngine, "oo------------"),
    ("-b flag-1", .schedulerFlags, "oo------------"),
    ("-m", .forwardingMethod, "-----o-o------"),
    ("-w 1", .weight, "-----o-o------"),
    ("-x 1", .upperThreshold, "-----o-o------"),
    ("-y 1", .lowerThreshold, "-----o-o------"),
    ("-i --tun-type ipip", .tunnelKind, "-----o-o------"),
    ("--mcast-interface e", .multicastInterface, "---------o----"),
    ("--mcast-group 224.0.0.1", .multicastGroup, "---------o----"),
    ("--mcast-port 1", .multicastPort, "---------o----"),
    ("--mcast-ttl 1", .multicastTimeToLive, "---------o----"),
    ("--sync-maxlen 1", .syncMaximumLength, "---------o----"),
    ("--syncid 1", .syncID, "----o----oo---"),
    ("--timeout", .timeout, "----o---------"),
    ("--daemon", .daemon, "----o---------"),
    ("--stats", .statistics, "----o---------"),
    ("--rate", .rate, "----o---------"),
    ("--thresholds", .thresholds, "----o---------"),
    ("--persistent-conn", .persistentConnections, "----o---------"),
    ("--nosort", .noSort, "----o---------"),
    ("--exact", .exact, "----o---------"),
    ("--tun-info", .tunnelInfo, "----o---------"),
    ("--sort", .noSort, "oooooooooooooo"),
    ("-c --client 10.0.0.1", .client, "----o---------"),
    ("-c --state close", .state, "----o---------"),
    ("-c --count-by state", .countBy, "----o---------"),
    ("--by-server", .byServer, "----o---------"),
  ]

  @Test("an option goes with its commands and no other", arguments: rows)
  func options(_ row: (option: String, name: OptionName, taken: String)) {
    for (command, mark) in zip(commandLines, row.taken) {
      let line = "\(command.line) \(row.option)"
      do throws(GrammarError) {
        _ = try IPVSGrammarTests.command(line)
        #expect(mark == "o", "\(line)")
      } catch {
        guard case .options(.illegal(_, for: command.name)) = error else {
          Issue.record("\(line): \(error)")
          continue
        }
        #expect(mark == "-", "\(line)")
      }
    }
  }

  @Test("options are checked in the order of the table, not of the line")
  func order() {
    #expect(throws: GrammarError.options(.illegal(.numeric, for: .clear))) {
      try command("-C -w 1 -s rr -n")
    }
    #expect(throws: GrammarError.options(.missing(.serviceAddress, for: .addServer))) {
      try command("-a -s rr")
    }
    #expect(throws: GrammarError.options(.illegal(.scheduler, for: .addServer))) {
      try command("-a -t 10.0.0.1:80 -s rr")
    }
  }

  @Test("the name of an option and its commands come from the same table")
  func names() {
    #expect(OptionName.weight.typed == "-w (--weight)")
    #expect(OptionName.serviceAddress.typed == "-t, -u, --sctp-service, or -f")
    #expect(OptionName.weight.commands == [.addServer, .editServer, .undrain])
    #expect(CommandName.clear.typed == "-C (--clear)")
  }
}
