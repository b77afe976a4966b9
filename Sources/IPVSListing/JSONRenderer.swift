// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules
package import IPVSText

/// Listings as JSON (ipvsadm(8), `--json`): all fields of every view, numbers with all their digits,
/// addresses without names. A table is one document on one line, connections are a document each.
package struct JSONRenderer: ListingRenderer {
  /// The version of the shapes. Fields may be added to it; none is taken away or changed.
  package static let schema = 1

  /// Where a listing comes from, which a document says.
  package struct Source {
    /// `kernel` or `engine`.
    package var name: StaticString

    /// The network namespace by the name that it was asked for with; nil for that of the program.
    package var namespace: ByteString?

    package init(_ name: StaticString, namespace: ByteString? = nil) {
      self.name = name
      self.namespace = namespace
    }
  }

  /// When a table was read, which a document of `--watch` says.
  package struct Time {
    /// Since 1970.
    package var seconds: Int

    /// Of a clock that is never set, for rates.
    package var monotonicMilliseconds: UInt64

    package init(seconds: Int, monotonicMilliseconds: UInt64) {
      self.seconds = seconds
      self.monotonicMilliseconds = monotonicMilliseconds
    }
  }

  /// When the table was read; nil: the document does not say.
  package var time: Time?

  private let source: Source
  private let drained: [ServerIdentity: DrainedServer]
  private let sorted: Bool

  /// - Parameters:
  ///   - source: Where the listing comes from.
  ///   - drained: The drained servers.
  ///   - sorted: Whether services and servers are in ascending order, or in that of the kernel.
  package init(
    source: Source, drained: [DrainedServer] = [], sorted: Bool = true
  ) {
    self.source = source
    self.drained = Dictionary(drained.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.sorted = sorted
  }

  package func append(_ report: Report, to output: inout TextBuffer) {
    var json = JSONWriter(output)
    output = TextBuffer()
    append(report, to: &json) { _ in }
    output = json.text
  }

  package func print(_ report: Report, _ output: (TextBuffer) -> Void) {
    var json = JSONWriter()
    append(report, to: &json) { $0.handOver(to: output) }
    output(json.text)
  }

  /// - Parameter pause: Called behind each server, where what was written may be taken away.
  private func append(
    _ report: Report, to json: inout JSONWriter, _ pause: (inout JSONWriter) -> Void
  ) {
    json.object { json in
      json.field("schema", Self.schema)
      if let time {
        json.field("time", time.seconds)
        json.field("monotonic_ms", time.monotonicMilliseconds)
      }
      switch report {
      case .table(let snapshot), .selection(let snapshot):
        append(snapshot.kernel, snapshot.services, to: &json, pause)
      case .hosts(let hosts, let kernel): append(hosts, of: kernel, to: &json)
      case .counts(let counts): json.fields(of: counts)
      case .service(let service): append(nil, [service], to: &json, pause)
      case .timeouts(let timeouts): json.object("timeouts") { $0.fields(of: timeouts) }
      case .daemons(let daemons):
        json.array("daemons") { json in
          for daemon in daemons { json.object { $0.fields(of: daemon) } }
        }
      }
    }
    json.endLine()
  }

  package func appendConnectionTitles(to output: inout TextBuffer) {}

  package func append(
    _ connection: ConnectionRow, in text: Span<UInt8>, to output: inout TextBuffer
  ) {
    var json = JSONWriter(output)
    output = TextBuffer()
    json.object { $0.fields(of: connection, in: text) }
    json.endLine()
    output = json.text
  }

  package func append(
    _ rows: inout ConnectionRows, in text: Span<UInt8>, to output: inout TextBuffer
  ) {
    while true {
      output.append(&rows, in: text, as: ConnectionDocument())
      guard let connection = rows.next(in: text) else { return }
      append(connection, in: text, to: &output)
    }
  }
}

// MARK: - Tables

extension JSONRenderer {
  private func append(
    _ kernel: KernelInfo?, _ services: [ListedService], to json: inout JSONWriter,
    _ pause: (inout JSONWriter) -> Void
  ) {
    append(kernel, to: &json)
    json.array("services") { json in
      for index in sorted ? services.order : Array(services.indices) {
        json.object { append(services[index], to: &$0, pause) }
      }
    }
  }

  /// Where a listing comes from.
  func append(_ kernel: KernelInfo?, to json: inout JSONWriter) {
    json.object("ipvs") { json in
      json.field("version", kernel?.versionText)
      json.field("conn_table_size", optional: kernel?.connectionTableSize)
      json.field("source", word: source.name)
      json.field("netns", source.namespace)
    }
  }

  private func append(
    _ listed: ListedService, to json: inout JSONWriter, _ pause: (inout JSONWriter) -> Void
  ) {
    let service = listed.service
    json.fields(of: service.identity)
    json.field("scheduler", service.scheduler.text)
    json.array("sched_flags") { json in
      for name in service.schedulerFlagNames { json.value(name) }
    }
    json.field("persistent", optional: service.persistence)
    json.name("netmask")
    switch service.netmask {
    case .ipv4(let mask): json.value(mask.description)
    case .ipv6(let length): json.value(length)
    }
    json.field("pe", service.engine?.text)
    json.field("ops", service.flags.contains(.onePacket))
    json.fields(of: listed.statistics)
    json.array("servers") { json in
      for index in sorted ? listed.servers.order : Array(listed.servers.indices) {
        json.object { append(listed.servers[index], of: service.identity, to: &$0) }
        pause(&json)
      }
    }
  }

  func append(
    _ listed: ListedServer, of identity: ServiceIdentity, to json: inout JSONWriter
  ) {
    let server = listed.server
    json.fields(of: server.endpoint)
    json.field("forward", server.forwarding.word)
    json.field("weight", server.weight.value)
    let drain = drained[ServerIdentity(server.endpoint, of: identity)]
    json.name("draining")
    if let drain, server.weight == .quiesced {
      json.object { json in
        json.field("weight", drain.weight.value)
        json.field("since", drain.since)
      }
    } else {
      json.null()
    }
    json.field("u_threshold", server.upperThreshold)
    json.field("l_threshold", server.lowerThreshold)
    json.field("active_conns", listed.activeConnections)
    json.field("inactive_conns", listed.inactiveConnections)
    json.field("persistent_conns", listed.persistentConnections)
    json.name("tunnel")
    if server.forwarding == .tunneling {
      json.object { $0.fields(of: server.tunnel) }
    } else {
      json.null()
    }
    json.fields(of: listed.statistics)
  }
}

// MARK: - Values

extension JSONWriter {
  /// What identifies a service: `family`, `protocol`, `address`, `port`, `fwmark`.
  mutating func fields(of identity: ServiceIdentity) {
    switch identity {
    case .endpoint(let transport, let endpoint):
      field("family", word: endpoint.address.family.word)
      field("protocol", transport.word)
      field("address", endpoint.address.description)
      field("port", endpoint.port)
      name("fwmark")
      null()
    case .mark(let mark, let family):
      field("family", word: family.word)
      for absent: StaticString in ["protocol", "address", "port"] {
        name(absent)
        null()
      }
      field("fwmark", mark)
    }
  }

  /// An address and a port with their name.
  mutating func field(_ name: StaticString, _ endpoint: Endpoint) {
    object(name) { json in
      json.field("address", endpoint.address.description)
      json.field("port", endpoint.port)
    }
  }

  fileprivate mutating func fields(of endpoint: Endpoint) {
    field("family", word: endpoint.address.family.word)
    field("address", endpoint.address.description)
    field("port", endpoint.port)
  }

  fileprivate mutating func fields(of tunnel: Tunnel) {
    field("type", tunnel.kind.wordOrNumber)
    field("port", optional: tunnel.kind == .gue ? tunnel.port : nil)
    field("csum", tunnel.flags.contains(.checksum))
    field("remcsum", tunnel.flags.contains(.remoteChecksum))
  }

  fileprivate mutating func fields(of statistics: Statistics) {
    object("stats") { $0.fields(of: statistics.totals) }
    object("rate") { $0.fields(of: statistics.rates) }
  }

  private mutating func fields(of traffic: Traffic) {
    field("conns", traffic.connections)
    field("in_packets", traffic.inboundPackets)
    field("out_packets", traffic.outboundPackets)
    field("in_bytes", traffic.inboundBytes)
    field("out_bytes", traffic.outboundBytes)
  }

  fileprivate mutating func fields(of timeouts: Timeouts) {
    field("tcp", timeouts.tcp)
    field("tcpfin", timeouts.tcpFin)
    field("udp", timeouts.udp)
  }

  fileprivate mutating func fields(of daemon: SyncDaemon) {
    field("role", daemon.role.description)
    field("mcast_interface", daemon.interface.text)
    field("syncid", daemon.syncID)
    field("sync_maxlen", optional: daemon.maximumLength)
    field("mcast_group", daemon.group.map(\.description))
    field("mcast_port", optional: daemon.port)
    field("mcast_ttl", optional: daemon.timeToLive)
  }

  fileprivate mutating func fields(of connection: ConnectionRow, in text: Span<UInt8>) {
    field("protocol", text.word(connection.transport).lowercased())
    field("state", text.word(connection.state).lowercased())
    field("expires", connection.seconds)
    field("template", connection.isTemplate(in: text))
    field("client", connection.client)
    field("virtual", connection.service)
    field("server", connection.server)
    name("pe")
    if let engine = connection.engine {
      object { json in
        json.field("name", ByteString(engine.name.map { text[$0] }))
        json.field("data", ByteString(engine.data.map { text[$0] }))
      }
    } else {
      null()
    }
  }
}

extension Span<UInt8> {
  fileprivate func word(_ range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF8.self)
  }
}

extension KernelInfo {
  /// Appends the version of IPVS: `1.2.1`.
  func appendVersion(to output: inout TextBuffer) {
    output.append(version >> 16 & 0xff)
    output.append(byte: UInt8(ascii: "."))
    output.append(version >> 8 & 0xff)
    output.append(byte: UInt8(ascii: "."))
    output.append(version & 0xff)
  }

  /// The version of IPVS: `1.2.1`.
  var versionText: String {
    var text = TextBuffer()
    appendVersion(to: &text)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

extension AddressFamily {
  /// `inet` or `inet6`.
  package var word: StaticString { self == .ipv4 ? "inet" : "inet6" }
}

extension TransportProtocol {
  /// `tcp`, `udp`, `sctp`; the number of another.
  package var word: String {
    switch self {
    case .tcp: "tcp"
    case .udp: "udp"
    case .sctp: "sctp"
    default: "\(rawValue)"
    }
  }
}

extension Tunnel.Kind {
  /// `ipip`, `gue`, `gre`; the number of another.
  var wordOrNumber: String {
    switch self {
    case .ipip: "ipip"
    case .gue: "gue"
    case .gre: "gre"
    default: "\(rawValue)"
    }
  }
}
