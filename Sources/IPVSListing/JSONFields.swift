// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
import IPVSRules
import IPVSText

// The fields of values in documents.

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

  mutating func fields(of endpoint: Endpoint) {
    field("family", word: endpoint.address.family.word)
    field("address", endpoint.address.description)
    field("port", endpoint.port)
  }

  mutating func fields(of tunnel: Tunnel) {
    field("type", tunnel.kind.wordOrNumber)
    field("port", optional: tunnel.kind == .gue ? tunnel.port : nil)
    field("csum", tunnel.flags.contains(.checksum))
    field("remcsum", tunnel.flags.contains(.remoteChecksum))
  }

  mutating func fields(of statistics: Statistics) {
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

  mutating func fields(of timeouts: Timeouts) {
    field("tcp", timeouts.tcp)
    field("tcpfin", timeouts.tcpFin)
    field("udp", timeouts.udp)
  }

  mutating func fields(of daemon: SyncDaemon) {
    field("role", daemon.role.description)
    field("mcast_interface", daemon.interface.text)
    field("syncid", daemon.syncID)
    field("sync_maxlen", optional: daemon.maximumLength)
    field("mcast_group", daemon.group.map(\.description))
    field("mcast_port", optional: daemon.port)
    field("mcast_ttl", optional: daemon.timeToLive)
  }

  mutating func fields(of connection: ConnectionRow, in text: Span<UInt8>) {
    field("protocol", text.word(connection.transport).description.lowercased())
    field("state", text.word(connection.state).description.lowercased())
    field("expires", connection.seconds)
    field("template", connection.isTemplate(in: text))
    field("client", connection.client)
    field("virtual", connection.service)
    field("server", connection.server)
    name("pe")
    if let engine = connection.engine {
      object { json in
        json.field("name", text.word(engine.name))
        json.field("data", text.word(engine.data))
      }
    } else {
      null()
    }
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
