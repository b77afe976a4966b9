// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
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
    self.drained = drained.byName
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
