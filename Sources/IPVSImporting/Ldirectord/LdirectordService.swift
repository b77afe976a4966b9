// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText

/// A `virtual=` with the lines below it, as ldirectord 4.12 reads them (ldirectord, `read_config`).
struct LdirectordService {
  enum Key {
    case mark(UInt32)

    /// A host and the name or number of a port.
    case host(ByteString, port: ByteString)
  }

  let key: Key
  let family: AddressFamily
  let place: SourcePlace
  var transport = TransportProtocol.tcp
  var scheduler = ByteString("wrr")
  var schedulerFlags: (ByteString, SourcePlace)?
  var persistence: UInt32?
  var netmask: (Netmask, SourcePlace)?
  var isOnePacket = false

  /// Whether servers are in the table at all (`checktype=off` says no).
  var hasServers = true

  /// The values of `real=`. Their ports depend on a protocol that may come behind them.
  var servers: [(ByteString, SourcePlace)] = []

  /// The value of `fallback=`.
  var fallback: (ByteString, SourcePlace)?

  /// Whether a blank line ended it, after which ldirectord takes no more lines for it.
  var isEnded = false

  /// Whether it has been told that its lines do not stand as they must.
  var isTold = false

  init(_ key: Key, _ family: AddressFamily, at place: SourcePlace) {
    self.key = key
    self.family = family
    self.place = place
    if case .host(_, let port) = key, port == "53" || port == "domain" { transport = .udp }
  }

  var isMark: Bool { if case .mark = key { true } else { false } }
}

/// What a keyword becomes in a table.
enum LdirectordKeyword: Sendable {
  /// Takes the value of a line into a service.
  typealias Setting =
    @Sendable (inout LdirectordService, LdirectordLine, inout Import) -> Void

  /// A setting of a service.
  case setting(Setting)

  /// Nothing, and that is told.
  case note(String)

  /// Nothing: it is about checks, logs, and mail.
  case routine
}

extension LdirectordKeyword {
  /// Those below a service.
  static let ofService: [ByteString: LdirectordKeyword] = [
    "real": .setting { $0.addServer($1, .ipv4, &$2) },
    "real6": .setting { $0.addServer($1, .ipv6, &$2) },
    "protocol": .setting { $0.setTransport($1, &$2) },
    "scheduler": .setting { $0.setScheduler($1, &$2) },
    "schedflags": .setting { service, line, _ in
      service.schedulerFlags = (ByteString(line.value.bytes.prefix { !isBlank($0) }), line.place)
    },
    "persistent": .setting { $0.setPersistence($1, &$2) },
    "netmask": .setting { $0.setNetmask($1, &$2) },
    "ops": .setting { $0.setOnePacket($1, &$2) },
    "checktype": .setting { $0.setCheck($1, &$2) },
    "fallback": .setting { $0.setFallback($1, .ipv4, &$2) },
    "fallback6": .setting { $0.setFallback($1, .ipv6, &$2) },
    "quiescent": .setting { $2.noteQuiescent($1) },
    "fallbackcommand": .routine, "service": .routine, "request": .routine, "receive": .routine,
    "checkcommand": .routine, "checktimeout": .routine, "negotiatetimeout": .routine,
    "checkcount": .routine, "failurecount": .routine, "checkinterval": .routine,
    "checkport": .routine, "login": .routine, "passwd": .routine, "database": .routine,
    "secret": .routine, "load": .routine, "httpmethod": .routine, "virtualhost": .routine,
    "emailalert": .routine, "emailalertfreq": .routine, "emailalertstatus": .routine,
    "monitorfile": .routine, "cleanstop": .routine, "smtp": .routine, "servicename": .routine,
    "comment": .routine,
  ]

  /// Those of the file as a whole.
  static let ofFile: [ByteString: LdirectordKeyword] = [
    "quiescent": .setting { $2.noteQuiescent($1) },
    "execute": .note("ldirectord starts another process for that file, which is not read here"),
    "checktimeout": .routine, "negotiatetimeout": .routine, "checkinterval": .routine,
    "checkcount": .routine, "failurecount": .routine, "fallbackcommand": .routine,
    "autoreload": .routine, "callback": .routine, "logfile": .routine, "fork": .routine,
    "supervised": .routine, "readdquiescent": .routine, "emailalert": .routine,
    "emailalertfreq": .routine, "emailalertstatus": .routine, "emailalertfrom": .routine,
    "cleanstop": .routine, "smtp": .routine, "maintenancedir": .routine,
  ]
}

extension Import {
  mutating func noteQuiescent(_ line: LdirectordLine) {
    guard line.value == "no" else { return }
    note(.note, line.place, "ldirectord deletes a server that fails; here each is there")
  }

  mutating func noteFallback(_ place: SourcePlace) {
    note(
      .note, place,
      "the fallback enters when no server is up, and is left out where there are servers")
  }
}

// MARK: - Lines of a service

extension LdirectordService {
  mutating func take(
    _ line: LdirectordLine, by read: LdirectordKeyword.Setting, _ result: inout Import
  ) {
    read(&self, line, &result)
  }

  mutating func addServer(
    _ line: LdirectordLine, _ family: AddressFamily, _ result: inout Import
  ) {
    guard family == self.family else {
      let word = self.family == .ipv4 ? "real" : "real6"
      result.note(.error, line.place, "below this service it is \(word); the line is left out")
      return
    }
    servers.append((line.value, line.place))
  }

  mutating func setTransport(_ line: LdirectordLine, _ result: inout Import) {
    let names: [ByteString: TransportProtocol] = ["tcp": .tcp, "udp": .udp]
    let name = ByteString(line.value.bytes.prefix(while: isName))
    guard isMark ? name == "fwm" : names[name] != nil else {
      result.note(
        .error, line.place,
        "the protocol of \(isMark ? "a mark is fwm" : "an address is tcp or udp"), not \(line.value); the line "
          + "is left out")
      return
    }
    transport = names[name] ?? transport
  }

  mutating func setScheduler(_ line: LdirectordLine, _ result: inout Import) {
    let isLower: (UInt8) -> Bool = { (0x61...0x7a).contains($0) }
    let name = ByteString(line.value.bytes.drop { !isLower($0) }.prefix(while: isLower))
    guard !name.isEmpty else {
      result.note(
        .error, line.place, "a scheduler is in lower case, not \(line.value); the line is left out")
      return
    }
    if name != line.value {
      result.note(.warning, line.place, "ldirectord takes \(name) of \(line.value)")
    }
    scheduler = name
  }

  mutating func setPersistence(_ line: LdirectordLine, _ result: inout Import) {
    let digits = ByteString(line.value.bytes.drop { !isDigit($0) }.prefix(while: isDigit))
    guard let seconds = digits.number(in: 1...OptionName.longestTimeout) else {
      result.note(
        .error, line.place,
        "persistent is a number from 1 to \(OptionName.longestTimeout), not \(line.value); the line is left out"
      )
      return
    }
    persistence = UInt32(seconds)
  }

  mutating func setNetmask(_ line: LdirectordLine, _ result: inout Import) {
    let mask: Netmask? =
      switch family {
      case .ipv4:
        numericAddress(line.value).flatMap {
          if case .v4(let mask) = $0 { .ipv4(mask) } else { nil }
        }
      case .ipv6: line.value.number(in: 1...128).map { .ipv6(prefixLength: UInt32($0)) }
      }
    guard let mask else {
      result.note(
        .error, line.place,
        "a netmask is \(family == .ipv4 ? "four numbers with dots" : "the length of a prefix, 1 to 128"), not "
          + "\(line.value); the line is left out")
      return
    }
    netmask = (mask, line.place)
  }

  mutating func setOnePacket(_ line: LdirectordLine, _ result: inout Import) {
    guard line.value == "yes" || line.value == "no" else {
      result.note(.error, line.place, "ops is yes or no, not \(line.value); the line is left out")
      return
    }
    isOnePacket = line.value == "yes"
  }

  mutating func setFallback(
    _ line: LdirectordLine, _ family: AddressFamily, _ result: inout Import
  ) {
    guard family == self.family else {
      let word = self.family == .ipv4 ? "fallback" : "fallback6"
      result.note(.error, line.place, "below this service it is \(word); the line is left out")
      return
    }
    fallback = (line.value, line.place)
    result.noteFallback(line.place)
  }

  mutating func setCheck(_ line: LdirectordLine, _ result: inout Import) {
    hasServers = line.value != "off"
    guard !hasServers else { return }
    result.note(
      .warning, line.place, "with checktype=off ldirectord adds no servers, and neither does this")
  }
}
