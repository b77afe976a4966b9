// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSSchedulers
import IPVSText

/// The model of ipvsctl 0.3.3 (doc/model.md, integration/model.go).
private struct IpvsctlModel {
  private static let methods: [ByteString: ForwardingMethod] = [
    "direct": .directRouting, "tunnel": .tunneling, "nat": .masquerading,
  ]
  private static let transports: [ByteString: TransportProtocol] = [
    "tcp": .tcp, "udp": .udp, "sctp": .sctp,
  ]

  /// The keys of each mapping of the model.
  private static let keys: [String: Set<ByteString>] = [
    "the model": ["defaults", "services"],
    "defaults": ["port", "weight", "sched", "forward"],
    "a service": ["address", "sched", "destinations"],
    "a destination": ["address", "weight", "forward"],
  ]

  private let settings: ImportSettings

  // What is written for all, where something else is not written.
  private var port: UInt16?
  private var weight: Int?
  private var scheduler: ByteString?
  private var method: ByteString?

  init(_ settings: ImportSettings) { self.settings = settings }

  mutating func read(_ root: YAMLNode, _ result: inout Import) throws(ImportEnd) {
    guard check(root, "the model", &result) else {
      throw result.end(place(root), "not a mapping with services")
    }
    if let defaults = root["defaults"] { readDefaults(defaults, &result) }
    guard let services = root["services"] else { return }
    for service in items(services, "services", &result) { try add(service, &result) }
  }

  private func place(_ node: YAMLNode) -> SourcePlace { SourcePlace(settings.file, node.line) }

  /// Whether a node is a mapping; notes keys that ipvsctl does not know.
  private func check(_ node: YAMLNode, _ name: String, _ result: inout Import) -> Bool {
    guard case .mapping(let pairs) = node.value else { return false }
    for (key, value) in pairs where Self.keys[name]?.contains(key) == false {
      result.note(.warning, place(value), "ipvsctl takes no notice of \(key) in \(name)")
    }
    return true
  }

  private func items(
    _ node: YAMLNode, _ name: String, _ result: inout Import
  ) -> [YAMLNode] {
    switch node.value {
    case .sequence(let nodes): return nodes
    case .null: return []
    default:
      result.note(.error, place(node), "\(name) is not a list, and is left out")
      return []
    }
  }

  private mutating func readDefaults(_ node: YAMLNode, _ result: inout Import) {
    guard check(node, "defaults", &result) else {
      if case .null = node.value { return }
      result.note(.error, place(node), "defaults is not a mapping, and is left out")
      return
    }
    port = number(node["port"], "the default port", in: 1...65535, &result).map { UInt16($0) }
    weight = number(node["weight"], "the default weight", in: 0...65535, &result)
    scheduler = node["sched"]?.text
    method = node["forward"]?.text
  }

  private func number(
    _ node: YAMLNode?, _ name: String, in range: ClosedRange<Int>, _ result: inout Import
  ) -> Int? {
    guard let node, let text = node.text else { return nil }
    guard let number = text.number(in: range) else {
      result.note(
        .error, place(node),
        "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(text); it is left out"
      )
      return nil
    }
    return number
  }

  // MARK: - Services

  private func add(_ node: YAMLNode, _ result: inout Import) throws(ImportEnd) {
    guard check(node, "a service", &result), let written = node["address"],
      let address = parameters(of: written, &result)
    else {
      if node["address"] == nil {
        result.note(.error, place(node), "a service without an address is left out")
      }
      return
    }
    guard let identity = identity(address, at: place(written), &result),
      let scheduler = scheduler(node["sched"], at: place(node), &result)
    else { return }
    guard try result.add(VirtualService(identity, scheduler: scheduler), at: place(node)) else {
      result.note(.error, place(written), "\(identity) is there already; this one is left out")
      return
    }
    guard let destinations = node["destinations"] else { return }
    for destination in items(destinations, "destinations", &result) {
      try add(destination, to: identity, &result)
    }
  }

  private func identity(
    _ address: ByteString, at place: SourcePlace, _ result: inout Import
  ) -> ServiceIdentity? {
    func leaveOut(_ text: String) -> ServiceIdentity? {
      result.note(.error, place, "\(text): \(address); the service is left out")
      return nil
    }
    if address.hasPrefix("fwmark:") {
      guard let mark = ByteString(address.bytes.dropFirst(7)).number(in: 1...Int(UInt32.max)) else {
        return leaveOut("not a mark from 1 to 4294967295")
      }
      return .mark(UInt32(mark), .ipv4)
    }
    let name = ByteString(address.bytes.prefix { $0 != UInt8(ascii: ":") })
    let rest = address.bytes.dropFirst(name.count)
    guard let transport = Self.transports[name], rest.starts(with: "://".utf8),
      let (host, given) = endpoint(ByteString(rest.dropFirst(3)))
    else { return leaveOut("not tcp://, udp://, or sctp:// with an address of IPv4, nor fwmark:") }
    let number = given == 0 ? port : given
    guard let number else { return leaveOut("neither the address nor the defaults have a port") }
    return .endpoint(transport, Endpoint(host, port: number))
  }

  /// An address of IPv4, and a port; 0: none is given.
  private func endpoint(_ text: ByteString) -> (IPAddress, UInt16)? {
    let parts = text.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count <= 2, case .v4(let address)? = numericAddress(ByteString(parts[0])),
      !parts[0].contains(slash),
      let port = parts.count == 2 ? ByteString(parts[1]).number(in: 0...65535) : 0
    else { return nil }
    return (.v4(address), UInt16(port))
  }

  private func scheduler(
    _ node: YAMLNode?, at place: SourcePlace, _ result: inout Import
  ) -> KernelName? {
    let text = node?.text ?? scheduler ?? "rr"
    guard SchedulerName(rawValue: text.description) != nil else {
      result.note(.error, place, "Linux has no scheduler \(text); the service is left out")
      return nil
    }
    return KernelName(text, atMost: KernelName.longestScheduler)
  }

  // MARK: - Destinations

  private func add(
    _ node: YAMLNode, to identity: ServiceIdentity, _ result: inout Import
  ) throws(ImportEnd) {
    guard check(node, "a destination", &result), let written = node["address"],
      let address = parameters(of: written, &result)
    else {
      if node["address"] == nil {
        result.note(.error, place(node), "a destination without an address is left out")
      }
      return
    }
    guard let (host, given) = endpoint(address) else {
      result.note(
        .error, place(written),
        "not an address of IPv4 with a port or without: \(address); the destination is left out")
      return
    }
    guard let method = method(node["forward"], at: place(node), &result) else { return }
    let server = RealServer(
      Endpoint(host, port: port(given, of: method, in: identity, at: place(written), &result)),
      forwarding: method, weight: weight(node["weight"], at: place(node), &result))
    guard try result.add(server, to: identity, at: place(node)) else {
      result.note(
        .error, place(written), "\(identity) has \(server.endpoint) already; this one is left out")
      return
    }
  }

  private func port(
    _ given: UInt16, of method: ForwardingMethod, in identity: ServiceIdentity,
    at place: SourcePlace, _ result: inout Import
  ) -> UInt16 {
    guard case .endpoint(_, let virtual) = identity else { return given }
    guard let wanted = given == 0 ? port : given else {
      result.note(
        .warning, place,
        "without a port ipvsctl 0.3.3 sets 0, though its manual says that of the service: "
          + "\(virtual.port) is taken")
      return virtual.port
    }
    guard method != .masquerading, wanted != virtual.port else { return wanted }
    result.note(.warning, place, "only nat changes ports: port \(wanted) becomes \(virtual.port)")
    return virtual.port
  }

  private func method(
    _ node: YAMLNode?, at place: SourcePlace, _ result: inout Import
  ) -> ForwardingMethod? {
    guard let text = node?.text ?? method else {
      result.note(
        .warning, place,
        "ipvsctl 0.3.3 refuses a destination without forward, though its manual says direct, which is taken"
      )
      return .directRouting
    }
    guard let method = Self.methods[text] else {
      result.note(
        .error, place, "forward is direct, tunnel, or nat, not \(text); the destination is left out"
      )
      return nil
    }
    return method
  }

  private func weight(
    _ node: YAMLNode?, at place: SourcePlace, _ result: inout Import
  ) -> Weight {
    let given = node?.text.flatMap { $0.number(in: 0...Int(Int32.max)) }
    if let text = node?.text, given.map({ $0 > 65535 }) ?? true {
      result.note(
        .warning, place, "ipvsctl gives weight 1 for \(text), which is not from 0 to 65535")
      return .one
    }
    guard given ?? 0 == 0 else { return Weight(given ?? 0) ?? .one }
    let weight = weight ?? 0
    if given == 0, weight != 0 {
      result.note(
        .warning, place, "ipvsctl takes weight 0 for none, and gives the default, \(weight)")
    } else if given == nil, self.weight == nil {
      result.note(.warning, place, "ipvsctl gives weight 0 where there is none, and no default")
    }
    return Weight(weight) ?? .quiesced
  }

  // MARK: - Parameters

  /// The most bytes that parameters may make of an address.
  private static let longestAddress = 1024

  /// An address with its `${NAME}` replaced, the innermost first.
  ///
  /// - Returns: Nil where one is not known, which is noted.
  private func parameters(of node: YAMLNode, _ result: inout Import) -> ByteString? {
    guard var text = node.text?.bytes else {
      result.note(.error, place(node), "an address is a text; left out")
      return nil
    }
    // A parameter may be in the value of another, or in its own.
    for _ in 0..<Self.longestAddress {
      guard let close = Self.innermost(text) else { return ByteString(text) }
      let name = ByteString(text[close.lowerBound..<close.upperBound].dropFirst(2).dropLast())
      guard let value = value(of: name), text.count + value.count <= Self.longestAddress else {
        result.note(
          .error, place(node),
          "parameter \(name) has no value: give it with --parameter, or --environment if it begins with env.; "
            + "left out")
        return nil
      }
      text.replaceSubrange(close, with: value.bytes)
    }
    result.note(.error, place(node), "parameters are in each other without end; left out")
    return nil
  }

  private static func innermost(_ text: [UInt8]) -> Range<Int>? {
    var start: Int?
    for index in text.indices {
      if text[index] == dollar, index + 1 < text.count, text[index + 1] == UInt8(ascii: "{") {
        start = index
      } else if text[index] == UInt8(ascii: "}"), let start {
        return start..<(index + 1)
      }
    }
    return nil
  }

  private func value(of name: ByteString) -> ByteString? {
    if let value = settings.parameters[name] { return value }
    guard name.hasPrefix("env.") else { return nil }
    return settings.environment(ByteString(name.bytes.dropFirst(4)))
  }
}

extension Import {
  /// Reads a model of ipvsctl.
  mutating func readIpvsctl(
    _ bytes: [UInt8], _ settings: ImportSettings
  ) throws(ImportEnd) {
    let root: YAMLNode?
    do throws(YAMLNode.Fault) {
      var reader = try YAMLReader(bytes)
      root = try reader.node()
    } catch {
      throw end(
        SourcePlace(settings.file, error.line), "not of the YAML that is read here: \(error.text)")
    }
    var model = IpvsctlModel(settings)
    if let root { try model.read(root, &self) }
  }
}
