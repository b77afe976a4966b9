// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSNames
import IPVSRules
import IPVSSchedulers
import IPVSText

/// A `virtual=` with the lines below it, as ldirectord 4.12 reads them (ldirectord, `read_config`).
private struct LdirectordService {
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

/// A line `keyword = value`.
private struct LdirectordLine {
  let keyword: ByteString
  let value: ByteString
  let place: SourcePlace

  /// Nil where there is no keyword at its beginning. A keyword without a value is one without `=`.
  init?(_ text: ArraySlice<UInt8>, at place: SourcePlace) {
    keyword = ByteString(text.prefix { isName($0) })
    guard !keyword.isEmpty else { return nil }
    let rest = text.dropFirst(keyword.count).drop(while: isBlank)
    guard rest.isEmpty || rest.first == UInt8(ascii: "=") else { return nil }
    value = ByteString(rest.dropFirst().trimmed)
    self.place = place
  }
}

/// What a keyword becomes in a table.
private enum LdirectordKeyword: Sendable {
  case setting(
    @Sendable (inout LdirectordService, LdirectordLine, inout Import) -> Void)
  case note(String)
  case routine
}

private let keywordsOfService: [ByteString: LdirectordKeyword] = [
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
  "quiescent": .setting { noteQuiescent($1, &$2) },
  "fallbackcommand": .routine, "service": .routine, "request": .routine, "receive": .routine,
  "checkcommand": .routine, "checktimeout": .routine, "negotiatetimeout": .routine,
  "checkcount": .routine, "failurecount": .routine, "checkinterval": .routine,
  "checkport": .routine, "login": .routine, "passwd": .routine, "database": .routine,
  "secret": .routine, "load": .routine, "httpmethod": .routine, "virtualhost": .routine,
  "emailalert": .routine, "emailalertfreq": .routine, "emailalertstatus": .routine,
  "monitorfile": .routine, "cleanstop": .routine, "smtp": .routine, "servicename": .routine,
  "comment": .routine,
]

private let keywordsOfFile: [ByteString: LdirectordKeyword] = [
  "quiescent": .setting { noteQuiescent($1, &$2) },
  "execute": .note("ldirectord starts another process for that file, which is not read here"),
  "checktimeout": .routine, "negotiatetimeout": .routine, "checkinterval": .routine,
  "checkcount": .routine, "failurecount": .routine, "fallbackcommand": .routine,
  "autoreload": .routine, "callback": .routine, "logfile": .routine, "fork": .routine,
  "supervised": .routine, "readdquiescent": .routine, "emailalert": .routine,
  "emailalertfreq": .routine, "emailalertstatus": .routine, "emailalertfrom": .routine,
  "cleanstop": .routine, "smtp": .routine, "maintenancedir": .routine,
]

private func noteFallback(_ place: SourcePlace, _ result: inout Import) {
  result.note(
    .note, place,
    "the fallback enters when no server is up, and is left out where there are servers")
}

private func noteQuiescent(_ line: LdirectordLine, _ result: inout Import) {
  guard line.value == "no" else { return }
  result.note(.note, line.place, "ldirectord deletes a server that fails; here each is there")
}

// MARK: - Lines of a service

extension LdirectordService {
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
    guard let seconds = digits.number(in: 1...OneMonth.seconds) else {
      result.note(
        .error, line.place,
        "persistent is a number from 1 to \(OneMonth.seconds), not \(line.value); the line is left out"
      )
      return
    }
    persistence = UInt32(seconds)
  }

  mutating func setNetmask(_ line: LdirectordLine, _ result: inout Import) {
    let mask: Netmask? =
      switch family {
      case .ipv4:
        keepalivedAddress(line.value).flatMap {
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
    noteFallback(line.place, &result)
  }

  mutating func setCheck(_ line: LdirectordLine, _ result: inout Import) {
    hasServers = line.value != "off"
    guard !hasServers else { return }
    result.note(
      .warning, line.place, "with checktype=off ldirectord adds no servers, and neither does this")
  }
}

private enum OneMonth {
  /// The longest persistence that ipvsadm takes.
  static let seconds = 31 * 24 * 60 * 60
}

// MARK: - The file

private struct LdirectordFile {
  var services: [LdirectordService] = []

  /// Those of services that have none of their own.
  var fallbacks: [AddressFamily: (ByteString, SourcePlace)] = [:]
}

extension Import {
  /// Reads a ldirectord.cf. What stops ldirectord is left out, and told.
  mutating func readLdirectord(
    _ bytes: [UInt8], _ settings: ImportSettings
  ) throws(ImportEnd) {
    var service: LdirectordService?
    var file = LdirectordFile()
    var number = 0
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false) {
      number += 1
      let place = SourcePlace(settings.file, number)
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      let content = text.drop(while: isBlank)
      guard let first = content.first else {
        service?.isEnded = true
        continue
      }
      guard first != UInt8(ascii: "#") else { continue }
      let isIndented = content.startIndex > text.startIndex
      if isIndented, service != nil {
        let isEnough = text.first == tab || text.prefix(4).allSatisfy { $0 == blank }
        if !isEnough || service?.isEnded == true { tellIndentation(&service, place) }
        take(content.prefix { $0 != UInt8(ascii: "#") }, into: &service, place)
      } else {
        if let ended = service { file.services.append(ended) }
        service = beginService(content, place)
        if service == nil { takeGlobal(content, into: &file, place, isIndented: isIndented) }
      }
    }
    if let ended = service { file.services.append(ended) }
    for service in file.services { try add(service, file.fallbacks, settings) }
  }

  private mutating func tellIndentation(_ service: inout LdirectordService?, _ place: SourcePlace) {
    guard service?.isTold == false else { return }
    service?.isTold = true
    note(
      .warning, place,
      "ldirectord needs four blanks or a tab before a line of a service, and no blank line before it; as it is, "
        + "it does not start")
  }

  private mutating func take(
    _ content: ArraySlice<UInt8>, into service: inout LdirectordService?, _ place: SourcePlace
  ) {
    guard let line = LdirectordLine(content, at: place),
      let keyword = keywordsOfService[line.keyword]
    else {
      noteUnknown(content, place)
      return
    }
    switch keyword {
    case .setting(let read): if service != nil { read(&service!, line, &self) }
    case .note(let text): note(.note, place, text)
    case .routine:
      note(.ignored, place, "\(line.keyword) is not of the table", isRoutine: true)
    }
  }

  private mutating func takeGlobal(
    _ content: ArraySlice<UInt8>, into file: inout LdirectordFile, _ place: SourcePlace,
    isIndented: Bool
  ) {
    let families: [ByteString: AddressFamily] = ["fallback": .ipv4, "fallback6": .ipv6]
    if !isIndented, let line = LdirectordLine(content, at: place),
      let family = families[line.keyword]
    {
      file.fallbacks[family] = (line.value, place)
      noteFallback(place, &self)
      return
    }
    guard !isIndented, let line = LdirectordLine(content, at: place),
      line.keyword != "virtual", line.keyword != "virtual6",
      let keyword = keywordsOfFile[line.keyword]
    else {
      // A service that is wrong was told.
      if isIndented || !content.starts(with: "virtual".utf8) { noteUnknown(content, place) }
      return
    }
    switch keyword {
    case .setting: noteQuiescent(line, &self)
    case .note(let text): note(.note, place, text)
    case .routine:
      note(.ignored, place, "\(line.keyword) is not of the table", isRoutine: true)
    }
  }

  private mutating func noteUnknown(_ content: ArraySlice<UInt8>, _ place: SourcePlace) {
    note(
      .error, place,
      "ldirectord knows no such line, and does not start with it: \(ByteString(content.prefix(60))); left out"
    )
  }

  /// The service of a line `virtual=...`; nil where it is none, or is wrong, which is noted.
  private mutating func beginService(
    _ content: ArraySlice<UInt8>, _ place: SourcePlace
  ) -> LdirectordService? {
    guard let line = LdirectordLine(content, at: place),
      line.keyword == "virtual" || line.keyword == "virtual6"
    else { return nil }
    let family: AddressFamily = line.keyword == "virtual" ? .ipv4 : .ipv6
    let word = line.value.bytes.prefix { !isBlank($0) }
    let rest = line.value.bytes.dropFirst(word.count)[...].trimmed
    if !rest.isEmpty, rest.first != UInt8(ascii: "#") {
      note(.warning, place, "ldirectord takes no notice of \(ByteString(rest))")
    }
    if let mark = ByteString(word).number(in: 1...Int(UInt32.max)) {
      return LdirectordService(.mark(UInt32(mark)), family, at: place)
    }
    guard let (host, port) = LdirectordEndpoint.split(word), let port else {
      note(
        .error, place, "not an address and a port: \(line.value); the service is left out")
      return nil
    }
    if host.bytes.first == UInt8(ascii: "["), family == .ipv4 {
      note(
        .error, place, "an address of IPv6 is behind virtual6, not virtual; the service is left out"
      )
      return nil
    }
    return LdirectordService(.host(host, port: port), family, at: place)
  }
}

// MARK: - Addresses

private enum LdirectordEndpoint {
  /// The host, with its brackets, and the port of a word; nil where there is no host.
  static func split(_ word: ArraySlice<UInt8>) -> (host: ByteString, port: ByteString?)? {
    let isBracketed = word.first == UInt8(ascii: "[")
    let end =
      isBracketed
      ? word.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? word.endIndex
      : word.firstIndex(of: UInt8(ascii: ":")) ?? word.endIndex
    let host = ByteString(word[..<end])
    guard !host.isEmpty else { return nil }
    guard end < word.endIndex else { return (host, nil) }
    let port = ByteString(word[(end + 1)...])
    guard word[end] == UInt8(ascii: ":"), !port.isEmpty else { return nil }
    return (host, port)
  }

  /// The address of a host.
  ///
  /// - Returns: Nil where there is none, which is noted.
  static func address(
    _ host: ByteString, _ family: AddressFamily, at place: SourcePlace,
    _ settings: ImportSettings, _ result: inout Import
  ) -> IPAddress? {
    let plain =
      host.bytes.first == UInt8(ascii: "[")
      ? ByteString(host.bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") }) : host
    if let address = keepalivedAddress(plain) {
      if address.family == family { return address }
      result.note(.error, place, "\(address) is not an address of \(family); left out")
      return nil
    }
    guard settings.resolvesHosts else {
      result.note(
        .error, place,
        "\(host) is not an address in numbers, and names are looked up with --resolve only; left out"
      )
      return nil
    }
    guard let found = settings.names.addresses(ofHost: plain).first(where: { $0.family == family })
    else {
      result.note(.error, place, "host \(host) has no address of \(family); left out")
      return nil
    }
    return found
  }
}

/// The value of `real=`.
private struct LdirectordServer {
  let host: ByteString

  /// The end of a range.
  let lastHost: ByteString?
  let port: ByteString?
  let method: ForwardingMethod
  var weight = Weight.one
  var lowerThreshold: UInt32 = 0
  var upperThreshold: UInt32 = 0

  private static let methods: [ByteString: ForwardingMethod] = [
    "gate": .directRouting, "masq": .masquerading, "ipip": .tunneling,
  ]

  /// Nil where the value is wrong, which is noted.
  init?(_ value: ByteString, at place: SourcePlace, _ result: inout Import) {
    let word = value.bytes.prefix { !isBlank($0) }
    let (first, second) = Self.range(word)
    guard let (host, firstPort) = LdirectordEndpoint.split(first) else {
      result.note(.error, place, "not an address: \(value); the server is left out")
      return nil
    }
    var ends: (host: ByteString, port: ByteString?)?
    if let second {
      ends = LdirectordEndpoint.split(second)
      guard ends != nil, firstPort == nil else {
        result.note(.error, place, "not a range of addresses: \(value); the server is left out")
        return nil
      }
    }
    self.host = host
    lastHost = ends?.host
    port = ends?.port ?? firstPort
    var rest = value.bytes.dropFirst(word.count).drop(while: isBlank)
    let name = ByteString(rest.prefix(while: isName))
    guard let method = Self.methods[name] else {
      result.note(
        .error, place,
        "the method is gate, masq, or ipip, not \(ByteString(rest.prefix(20))); the server is left out"
      )
      return nil
    }
    self.method = method
    rest = rest.dropFirst(name.count)
    guard takeFlags(rest, at: place, &result) else { return nil }
  }

  /// The value of `fallback=`: by `gate` and to the port of the service, where nothing else is written.
  ///
  /// Nil where the value is wrong, which is noted.
  init?(
    fallback value: ByteString, of identity: ServiceIdentity, at place: SourcePlace,
    _ result: inout Import
  ) {
    let words = value.bytes.split(whereSeparator: isBlank)
    guard let first = words.first, words.count <= 2,
      let (host, port) = LdirectordEndpoint.split(first),
      let method = words.count == 1 ? .directRouting : Self.methods[ByteString(words[1])]
    else {
      result.note(.error, place, "not a fallback: \(value); the line is left out")
      return nil
    }
    self.host = host
    lastHost = nil
    self.method = method
    self.port =
      if port == nil, case .endpoint(_, let virtual) = identity {
        ByteString("\(virtual.port)")
      } else {
        port
      }
  }

  /// `A->B:P` in its two parts.
  private static func range(_ word: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
    for index in word.indices.dropLast()
    where word[index] == UInt8(ascii: "-") && word[index + 1] == UInt8(ascii: ">") {
      return (word[..<index], word[(index + 2)...])
    }
    return (word, nil)
  }

  /// Reads the words behind the method as ldirectord does: each is looked for anywhere, and what is before
  /// it is lost.
  private mutating func takeFlags(
    _ flags: ArraySlice<UInt8>, at place: SourcePlace, _ result: inout Import
  ) -> Bool {
    var rest = flags
    var lost: [ArraySlice<UInt8>] = []
    func number(behind prefix: String) -> Int? {
      guard let (range, digits) = Self.find(prefix, in: rest) else { return nil }
      lost.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
      return ByteString(digits).number(in: 0...Int(Int32.max))
    }
    if let number = number(behind: ""), let weight = Weight(number) { self.weight = weight }
    if let end = Self.endOfTexts(rest) { rest = rest[end...] }
    lowerThreshold = UInt32(number(behind: "l:") ?? 0)
    upperThreshold = UInt32(number(behind: "u:") ?? 0)
    guard rest.allSatisfy(isBlank) else {
      result.note(
        .error, place,
        "ldirectord knows no \(ByteString(rest.trimmed.prefix(40))) here; the server is left out")
      return false
    }
    let words = lost.map { ByteString($0.trimmed) }.filter { !$0.isEmpty && $0 != "-w" }
    if !words.isEmpty {
      result.note(.warning, place, "ldirectord takes no notice of \(words.text) here")
    }
    return true
  }

  /// The first number behind blanks and a prefix.
  private static func find(
    _ prefix: String, in text: ArraySlice<UInt8>
  ) -> (Range<Int>, ArraySlice<UInt8>)? {
    var index = text.startIndex
    while index < text.endIndex {
      guard isBlank(text[index]) else {
        index += 1
        continue
      }
      let start = text[index...].drop(while: isBlank)
      let digits = start.dropFirst(prefix.utf8.count).prefix(while: isDigit)
      if start.starts(with: prefix.utf8), !digits.isEmpty {
        return (index..<digits.endIndex, digits)
      }
      index = max(start.startIndex, index + 1)
    }
    return nil
  }

  /// The place behind `"request", "answer"`; nil where they are not there.
  private static func endOfTexts(_ text: ArraySlice<UInt8>) -> Int? {
    let quote = UInt8(ascii: "\"")
    guard text.filter({ $0 == quote }).count >= 4 else { return nil }
    return text.lastIndex(of: quote).map { $0 + 1 }
  }
}

// MARK: - Rules

extension Import {
  private mutating func add(
    _ service: LdirectordService, _ fallbacks: [AddressFamily: (ByteString, SourcePlace)],
    _ settings: ImportSettings
  ) throws(ImportEnd) {
    guard let identity = identity(of: service, settings),
      let virtual = virtualService(identity, service)
    else { return }
    guard try add(virtual, at: service.place) else {
      note(
        .error, service.place,
        "\(identity) is in \(origins[identity]?.text ?? "the file") already, with which ldirectord does not start; "
          + "this one is left out")
      return
    }
    for (value, place) in service.hasServers ? service.servers : [] {
      guard let server = LdirectordServer(value, at: place, &self) else { continue }
      try add(server, to: identity, at: place, settings)
    }
    guard !service.hasServers || service.servers.isEmpty,
      let (value, place) = service.fallback ?? fallbacks[service.family],
      let server = LdirectordServer(fallback: value, of: identity, at: place, &self)
    else { return }
    note(.warning, place, "no server of \(identity) is ever up, so its fallback is in the table")
    try add(server, to: identity, at: place, settings)
  }

  private mutating func identity(
    of service: LdirectordService, _ settings: ImportSettings
  ) -> ServiceIdentity? {
    switch service.key {
    case .mark(let mark): return .mark(mark, service.family)
    case .host(let host, let name):
      guard
        let address = LdirectordEndpoint.address(
          host, service.family, at: service.place, settings, &self)
      else { return nil }
      let number = name.number(in: 0...65535).map { UInt16($0) }
      guard
        let port = number ?? settings.names.port(ofService: name, over: service.transport)
      else {
        note(
          .error, service.place,
          "\(name) is not the number or the name of a port of \(service.transport); the service is left out"
        )
        return nil
      }
      guard port != 0 || service.persistence != nil else {
        note(
          .error, service.place,
          "a service of all ports needs a line persistent=; without, the kernel refuses it; left out"
        )
        return nil
      }
      return .endpoint(service.transport, Endpoint(address, port: port))
    }
  }

  private mutating func virtualService(
    _ identity: ServiceIdentity, _ service: LdirectordService
  ) -> VirtualService? {
    guard SchedulerName(rawValue: service.scheduler.description) != nil,
      let name = KernelName(service.scheduler, atMost: KernelName.longestScheduler)
    else {
      note(
        .error, service.place,
        "Linux has no scheduler \(service.scheduler), and refuses the service, which is left out")
      return nil
    }
    guard var flags = schedulerFlags(service) else { return nil }
    if service.isOnePacket {
      if !service.isMark, service.transport == .udp {
        flags.insert(.onePacket)
      } else {
        note(.warning, service.place, "ldirectord takes ops=yes with udp only")
      }
    }
    if let (_, place) = service.netmask, service.persistence == nil {
      note(.ignored, place, "ldirectord takes netmask with persistent only", isRoutine: true)
    }
    return VirtualService(
      identity, scheduler: name, flags: flags, persistence: service.persistence,
      netmask: service.persistence == nil ? nil : service.netmask?.0)
  }

  /// Nil where ipvsadm refuses the flags, which is noted.
  private mutating func schedulerFlags(_ service: LdirectordService) -> ServiceFlags? {
    guard let (list, place) = service.schedulerFlags else { return [] }
    do throws(GrammarError) {
      return try SchedulerFlagList.read(list, scheduler: service.scheduler)
    } catch {
      note(
        .error, place,
        "ipvsadm refuses a service of \(service.scheduler) with the flags \(list); the service is left out"
      )
      return nil
    }
  }

  private mutating func add(
    _ server: LdirectordServer, to identity: ServiceIdentity, at place: SourcePlace,
    _ settings: ImportSettings
  ) throws(ImportEnd) {
    guard
      let first = LdirectordEndpoint.address(
        server.host, identity.family, at: place, settings, &self),
      let port = port(of: server, in: identity, at: place)
    else { return }
    var count = 1
    if let host = server.lastHost {
      guard
        let last = LdirectordEndpoint.address(host, identity.family, at: place, settings, &self)
      else { return }
      guard identity.family == .ipv4, first <= last else {
        note(
          .error, place,
          "a range is of IPv4, and its end is not before its beginning; the servers are left out")
        return
      }
      guard last.number - first.number < UInt128(KeepalivedGroup.mostAddresses) else {
        throw end(place, "the range has more than \(KeepalivedGroup.mostAddresses) addresses")
      }
      count = Int(last.number - first.number) + 1
    }
    guard server.lowerThreshold <= server.upperThreshold else {
      note(
        .error, place,
        "the kernel refuses l:\(server.lowerThreshold) without a u: as great; the server is left out"
      )
      return
    }
    for index in 0..<count {
      guard let address = first.advanced(by: UInt128(index)) else { return }
      let real = RealServer(
        Endpoint(address, port: port), forwarding: server.method, weight: server.weight,
        upperThreshold: server.upperThreshold, lowerThreshold: server.lowerThreshold)
      if try !add(real, to: identity, at: place) {
        note(
          .warning, place, "\(identity) has server \(real.endpoint) already; this one is left out")
      }
    }
  }

  /// The port that a server gets; nil where it is wrong, which is noted.
  private mutating func port(
    of server: LdirectordServer, in identity: ServiceIdentity, at place: SourcePlace
  ) -> UInt16? {
    guard let port = (server.port ?? "0").number(in: 0...65535).map({ UInt16($0) }) else {
      note(
        .error, place,
        "ldirectord takes the port of a server in digits only; the server is left out")
      return nil
    }
    guard case .endpoint(_, let virtual) = identity, server.method != .masquerading else {
      return port
    }
    if port != 0, port != virtual.port {
      note(
        .warning, place, "only masq changes ports: port \(port) becomes \(virtual.port)")
    }
    return virtual.port
  }
}
