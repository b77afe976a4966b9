// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar

/// Every kind of fault that a line can have. The switches below are exhaustive: a new case of a fault
/// needs a kind, and a new kind needs lines that have it.
enum FaultKind: CaseIterable {
  case noCommand, optionBeforeCommand, unknownCommand, incompleteCommand, overfullCommand
  case noRestoreLine, unknownOption, missingArgument, unwantedArgument, secondCommand
  case repeatedOption, leftover, missingFile, missingPacket

  case missing, illegal, exclusive, conflictingViews, noTunnel, missingInTunnel, illegalInTunnel
  case exclusiveInTunnel, unwatched, orderWithoutWatch

  case tooFewTimeouts, timeout, mark, ipv6BeforeMark, netmask, prefixLength, number, daemonRole
  case multicastGroup, tunnelKind, unknownSchedulerFlag, foreignSchedulerFlag
  case zeroPort, onePacketOverStream, differentFamilies, interval, choice, parameter, address
  case toldAs, aboutConnections, aboutRealServer, network, state, packetProtocol
  case packetFamilies, packetPort

  case empty, onlyDigits, missingBracket, textAfterBracket, bracketsWithoutPort, textAfterBlank
  case tooManyNumbers, numberTooLarge, missingNumber, notNumbers, zone, tooManyColons, unknownHost
  case missingPort, portOutOfRange, unknownPort, portWithoutProtocol

  case severalCommands, severalServices, severalServers, severalWeights, ancestorAddress
  case ancestorWeight, ancestorLeftover, ancestorMissing, ancestorIncompatible
}

extension FaultKind {
  init(_ error: GrammarError) {
    switch error {
    case .words(let fault): self.init(fault)
    case .options(let fault): self.init(fault)
    case .values(let fault): self.init(fault)
    case .ancestor(let fault): self.init(fault)
    }
  }

  private init(_ fault: WordFault) {
    self =
      switch fault {
      case .noCommand: .noCommand
      case .optionBeforeCommand: .optionBeforeCommand
      case .unknownCommand: .unknownCommand
      case .incompleteCommand: .incompleteCommand
      case .overfullCommand: .overfullCommand
      case .noRestoreLine: .noRestoreLine
      case .unknownOption: .unknownOption
      case .missingArgument: .missingArgument
      case .unwantedArgument: .unwantedArgument
      case .secondCommand: .secondCommand
      case .repeatedOption: .repeatedOption
      case .leftover: .leftover
      case .missingFile: .missingFile
      case .missingPacket: .missingPacket
      }
  }

  private init(_ fault: OptionFault) {
    self =
      switch fault {
      case .missing: .missing
      case .illegal: .illegal
      case .exclusive: .exclusive
      case .conflictingViews: .conflictingViews
      case .unwatched: .unwatched
      case .orderWithoutWatch: .orderWithoutWatch
      case .noTunnel: .noTunnel
      case .missingInTunnel: .missingInTunnel
      case .illegalInTunnel: .illegalInTunnel
      case .exclusiveInTunnel: .exclusiveInTunnel
      case .toldAs: .toldAs
      case .aboutConnections: .aboutConnections
      case .aboutRealServer: .aboutRealServer
      }
  }

  private init(_ fault: ValueFault) {
    self =
      switch fault {
      case .tooFewTimeouts: .tooFewTimeouts
      case .timeout: .timeout
      case .mark: .mark
      case .ipv6BeforeMark: .ipv6BeforeMark
      case .serviceAddress(_, let error), .serverAddress(_, let error), .packetEnd(_, let error):
        FaultKind(error)
      case .packetProtocol: .packetProtocol
      case .packetFamilies: .packetFamilies
      case .packetPort: .packetPort
      case .netmask: .netmask
      case .prefixLength: .prefixLength
      case .number: .number
      case .interval: .interval
      case .choice: .choice
      case .parameter: .parameter
      case .daemonRole: .daemonRole
      case .multicastGroup: .multicastGroup
      case .tunnelKind: .tunnelKind
      case .unknownSchedulerFlag: .unknownSchedulerFlag
      case .foreignSchedulerFlag: .foreignSchedulerFlag
      case .zeroPort: .zeroPort
      case .onePacketOverStream: .onePacketOverStream
      case .differentFamilies: .differentFamilies
      case .network: .network
      case .address: .address
      case .state: .state
      }
  }

  private init(_ error: AddressError) {
    self =
      switch error {
      case .empty: .empty
      case .onlyDigits: .onlyDigits
      case .missingBracket: .missingBracket
      case .textAfterBracket: .textAfterBracket
      case .bracketsWithoutPort: .bracketsWithoutPort
      case .textAfterBlank: .textAfterBlank
      case .tooManyNumbers: .tooManyNumbers
      case .numberTooLarge: .numberTooLarge
      case .missingNumber: .missingNumber
      case .notNumbers: .notNumbers
      case .zone: .zone
      case .tooManyColons: .tooManyColons
      case .unknownHost: .unknownHost
      case .missingPort: .missingPort
      case .portOutOfRange: .portOutOfRange
      case .unknownPort: .unknownPort
      case .portWithoutProtocol: .portWithoutProtocol
      }
  }

  private init(_ fault: AncestorFault) {
    self =
      switch fault {
      case .severalCommands: .severalCommands
      case .severalServices: .severalServices
      case .severalServers: .severalServers
      case .severalWeights: .severalWeights
      case .serviceAddress, .serverAddress: .ancestorAddress
      case .weight: .ancestorWeight
      case .leftover: .ancestorLeftover
      case .missing: .ancestorMissing
      case .incompatible: .ancestorIncompatible
      }
  }
}

extension FaultKind {
  /// Lines with the fault, words with one blank between them; `_` in a word is a blank.
  var lines: [String] {
    switch self {
    case .noCommand: ["list", "add-service", "A", "10.0.0.1:80", "foo", "-- -L", "show"]
    case .optionBeforeCommand:
      [
        "-t 10.0.0.1:80", "-t 10.0.0.1:80 -r 10.0.0.2", "add-service -t 10.0.0.1:80", "-n -L", "-c",
        "-w 5", "--engine /run/e -t 10.0.0.1:80", "–A -t 10.0.0.1:80",
        "\u{feff}-A -t 10.0.0.1:80",
      ]
    case .unknownCommand: ["-Q", "--lst", "-4"]
    case .incompleteCommand: ["--start-daemon", "-t"]
    case .overfullCommand: ["--list=1"]
    case .noRestoreLine:
      ["-R", "-L --watch", "--monitor", "--apply rules", "--undo", "--drain -r 10.0.0.1"]
    case .missingFile: ["--check", "--import keepalived", "--diff", "--apply --keep-weights"]
    case .missingPacket:
      ["--explain", "--explain tcp", "--explain udp 10.0.0.1:1", "--explain --rules rules"]
    case .unknownOption: ["-L --num", "-L -Q", "-L -N", "-A -T 10.0.0.1:80", "-L -4", "-A -5"]
    case .missingArgument: ["-A -t", "-a -t 10.0.0.1:80 -r 10.0.0.2 -M"]
    case .unwantedArgument: ["-L --numeric=1"]
    case .secondCommand:
      [
        "-L -A", "-A -t 10.0.0.1:80 -S wlc", "-a -t 10.0.0.1:80 -R", "-add-service -t 10.0.0.1:80",
        "-A -t 10.0.0.1:80 -R 10.0.0.2:80",
      ]
    case .repeatedOption:
      [
        "-A -t 10.0.0.1:80 -u 10.0.0.1:81", "-A -t 10.0.0.1:80 -s rr -s rr",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 -m -i",
      ]
    case .leftover:
      [
        "-L foo", "-L --watch 5", "--explain - tcp", "--explain tcp 1.2.3.4 1.2.3.5:80 81",
        "--monitor 5", "-R rules", "-S rules", "--set 1 2 3 4",
        "-A 10.0.0.1:80", "-A -t 10.0.0.1:80 rr",
        "-a -t 10.0.0.1:80 10.0.0.2", "-a -t 10.0.0.1:80 -r 10.0.0.2 (null) -w 3",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 –m", "-a -t 10.0.0.1:80 -r 10.0.0.2 masq",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 m", "-a -t 10.0.0.1:80 -r 10.0.0.2 5", "-L > rules", "-L \\",
        "-R a;b",
      ]
    case .missing: ["-A", "-a -t 10.0.0.1:80"]
    case .illegal:
      [
        "-L -w 5", "-L --daemon -r 10.0.0.2", "-S -t 10.0.0.1:80",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 -M 255.0.0.0",
      ]
    case .exclusive: ["-L -c --timeout"]
    case .conflictingViews: ["-L -c --stats"]
    case .unwatched:
      ["-L -c --watch", "-L --watch --stats", "-L --watch=5 --tun-info --sort-by in"]
    case .orderWithoutWatch: ["-L --sort-by active"]
    case .interval:
      ["-L --watch=0", "-L --watch=5m", "-L --watch=", "--monitor=86401", "--monitor=x"]
    case .choice:
      [
        "-L --watch --sort-by inn", "-L --color=red", "--color alway -L",
        "-L -c --count-by servers",
        "-L -c --count-by 1", "--completion tcsh", "--completion BASH", "--metrics=servers",
        "--import keepalive /etc/hosts",
        "--metrics=",
      ]
    case .parameter:
      ["--import ipvsctl rules --parameter port", "--import ipvsctl rules --parameter =1"]
    case .noTunnel: ["-a -t 10.0.0.1:80 -r 10.0.0.2 --tun-csum"]
    case .missingInTunnel: ["-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gue"]
    case .illegalInTunnel: ["-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-csum"]
    case .exclusiveInTunnel:
      ["-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gre --tun-csum --tun-nocsum"]
    case .toldAs: ["-L -s rr -w 5", "-list", "-L -c --timeout -t 10.0.0.1:80"]
    case .aboutConnections: ["-L --client 10.0.0.1", "-L --state UDP", "-L --count-by state"]
    case .aboutRealServer: ["--doctor --vip 10.0.0.1", "--doctor -t 10.0.0.1:80 --port 80"]
    case .address: ["--doctor -r --vip web", "--doctor -r --director 10.0.0.1:80"]
    case .network: ["-L -c --client web", "-L -c --client 10.0.0.0/33"]
    case .state: ["-L -c --state estab", "-L -c --state 1"]
    case .packetProtocol: ["--explain tpc 10.0.0.1 10.0.0.2:80", "--explain icmp 1.2.3.4 1.2.3.5"]
    case .packetFamilies: ["--explain tcp 10.0.0.1 [fd00::1]:80", "--explain udp ::1 10.0.0.1"]
    case .packetPort: ["--explain tcp 10.0.0.1:0 10.0.0.2:80", "--explain tcp 10.0.0.1 [::1]:0"]
    case .tooFewTimeouts: ["--set 1 2"]
    case .timeout: ["--set a b c", "--set 15m 2 3", "-A -t 10.0.0.1:80 -p rr"]
    case .mark: ["-A -f 0x10", "-A -f 10.0.0.1:80"]
    case .ipv6BeforeMark: ["-A -6 -f 1", "-A -6 -t [fd00::1]:80", "-L -6", "-S -6"]
    case .netmask: ["-A -t 10.0.0.1:80 -M /24", "-A -t 10.0.0.1:80 -M -s rr"]
    case .prefixLength: ["-A -t [fd00::1]:80 -M 129"]
    case .number:
      [
        "--explain tcp 1.2.3.4 1.2.3.5:80 --mark 0x7",
        "--explain tcp 1.2.3.4 1.2.3.5:80 --mark 4294967296",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 -w 1.5",
        "-a -t 10.0.0.1:80 -r 10.0.0.2 -x -y 3",
      ]
    case .daemonRole: ["--start-daemon Master"]
    case .multicastGroup:
      [
        "--start-daemon master --mcast-group 10.0.0.1",
        "--start-daemon master --mcast-group fd00::1",
      ]
    case .tunnelKind: ["-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type IPIP"]
    case .unknownSchedulerFlag: ["-A -t 10.0.0.1:80 -b foo", "-A -t 10.0.0.1:80 -b sh_port"]
    case .foreignSchedulerFlag: ["-A -t 10.0.0.1:80 -b sh-port"]
    case .zeroPort: ["-A -t 10.0.0.1", "-A -t fd00::1"]
    case .onePacketOverStream: ["-A -t 10.0.0.1:80 -o"]
    case .differentFamilies: ["-a -t 10.0.0.1:80 -r [fd00::2]:80 -m"]
    case .empty: ["-A --tcp-service=", "-A -t :80"]
    case .onlyDigits: ["-A -t 80"]
    case .missingBracket: ["-A -t [fd00::1"]
    case .textAfterBracket: ["-A -t [fd00::1]80", "-A -t [fd00::1]/64:80"]
    case .bracketsWithoutPort: ["-A -t [10.0.0.1] -p"]
    case .textAfterBlank: ["-A -t 10.0.0.1_junk:80"]
    case .tooManyNumbers: ["-A -t 211.57.163.10.21", "-A -t 211.57.163.10.21:80"]
    case .numberTooLarge: ["-A -t 10.0.0.300:80"]
    case .missingNumber: ["-A -t 10..0.1:80"]
    case .notNumbers: ["-A -t 211.xx.163.xx:80", "-A -t 10.0.0.1/32:80", "-A -t 10.0.0.0/24:80"]
    case .zone: ["-A -t [fe80::1%eth0]:80"]
    case .tooManyColons: ["-A -t 10.0.0.1:80:80", "-A -t 10.0.0.1:80:90"]
    case .unknownHost: ["-A -t nosuch.example.test:80", "-A -t $VIP:80", "-A -t “web”:80"]
    case .missingPort: ["-A -t 10.0.0.1:"]
    case .portOutOfRange: ["-A -t 10.0.0.1:65536", "--explain tcp 10.0.0.1:65536 10.0.0.2:80"]
    case .unknownPort:
      [
        "-A -t 10.0.0.1:8000-8010", "-A -t 10.0.0.1:80,443", "-A -t 10.0.0.1:HTTP",
        "-A -t 10.0.0.1:80/tcp", "-A -t 10.0.0.1:*",
      ]
    case .portWithoutProtocol: ["-a -r 10.0.0.2:http", "-a -r 10.0.0.2:80-90"]
    case .severalCommands: ["-A -C"]
    case .severalServices: ["-A -t 1.2.3.4:80 -u 1.2.3.4:80"]
    case .severalServers: ["-A -R 1.2.3.4:80 -R 1.2.3.5:80"]
    case .severalWeights: ["-A -w 1 -w 2"]
    case .ancestorAddress: ["-A -t 211.57.163.10.21 -R 192.168.1.3:21", "-A -R 1.2.3.4:http"]
    case .ancestorWeight: ["-A -w x"]
    case .ancestorLeftover: ["-A -t 1.2.3.4:80 foo"]
    case .ancestorMissing: ["-A -t 1.2.3.4:80", "-D -R 1.2.3.4:80"]
    case .ancestorIncompatible: ["-C -t 1.2.3.4:80"]
    }
  }

  /// Whether the lines are of ippfvsadm(8).
  var isAncestor: Bool {
    switch self {
    case .severalCommands, .severalServices, .severalServers, .severalWeights, .ancestorAddress,
      .ancestorWeight, .ancestorLeftover, .ancestorMissing, .ancestorIncompatible:
      true
    default: false
    }
  }
}
