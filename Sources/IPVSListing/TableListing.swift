// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

/// The table of a director as `ipvsadm --list` prints it.
///
/// Columns, titles, and cuts are those of ipvsadm 1.31, byte for byte. Other than there, firewall
/// marks are unsigned, all addresses are sorted as the manual page says, and forwarding methods and
/// scheduler flags without a name get one.
struct TableListing {
  /// The columns.
  let view: TableView

  /// How addresses and ports are written.
  let text: EndpointText

  /// Whether counters have all their digits instead of units (`--exact`).
  let exact: Bool

  /// Whether services and servers are in ascending order; otherwise they are in the order of the
  /// kernel (`--nosort`).
  let sorted: Bool

  /// Appends the whole table.
  func append(_ snapshot: Snapshot, to output: inout TextBuffer) {
    appendVersion(snapshot.kernel, to: &output)
    appendTitles(to: &output)
    let services = snapshot.services
    for index in sorted ? services.order : Array(services.indices) {
      appendRows(of: services[index], to: &output)
    }
  }

  /// Appends one service with its titles (`--list --tcp-service ...`).
  func append(_ service: ListedService, to output: inout TextBuffer) {
    appendTitles(to: &output)
    appendRows(of: service, to: &output)
  }

  /// Appends the line that begins the listing of a whole table.
  func appendVersion(_ kernel: KernelInfo, to output: inout TextBuffer) {
    output.append("IP Virtual Server version ")
    kernel.appendVersion(to: &output)
    output.append(" (size=")
    output.append(kernel.connectionTableSize)
    output.append(")\n")
  }

  /// Appends the two lines of titles.
  func appendTitles(to output: inout TextBuffer) {
    output.append(view.serviceTitles)
    output.append("\n")
    output.append(view.serverTitles)
    output.append("\n")
  }

  /// Appends the rows of a service and its real servers.
  func appendRows(of listed: ListedService, to output: inout TextBuffer) {
    let identity = listed.service.identity
    if view.isOfTraffic {
      output.left(33) { append(identity, to: &$0) }
      output.append(atMost: 128) { writeTraffic(of: listed.statistics, to: &$0, at: 0) }
    } else {
      append(identity, to: &output)
      listed.service.appendSettings(to: &output)
    }
    output.append(byte: newline)
    for index in sorted ? listed.servers.order : Array(listed.servers.indices) {
      appendRow(of: listed.servers[index], over: identity.namedTransport, to: &output)
    }
  }

  /// Appends the row of a real server.
  private func appendRow(
    of listed: ListedServer, over transport: TransportProtocol?, to output: inout TextBuffer
  ) {
    // The widest row, of exact counters after a name, has 171 bytes.
    output.append(atMost: 192) { line in
      let endpoint = listed.server.endpoint
      let start = line.write(arrow.span, at: 0)
      var end = text.write(endpoint, over: transport, to: &line, at: start)
      if endpoint.address.family == .ipv4, end > start + 28 {
        end = line.blank(from: start + 28, to: end)
      }
      end = writeColumns(of: listed, to: &line, at: max(end, start + 28))
      return line.write(byte: newline, at: end)
    }
  }

  /// Appends `TCP  10.0.0.1:80`, or `FWM  1 IPv6`.
  func append(_ identity: ServiceIdentity, to output: inout TextBuffer) {
    let start = output.count
    switch identity {
    case .endpoint(let transport, let endpoint):
      output.left(5) { $0.append(transport.spelling.listed) }
      text.appendCut(endpoint, over: transport, to: &output)
      if endpoint.address.family == .ipv4 { output.cut(from: start, to: 33) }
    case .mark(let mark, let family):
      output.append("FWM  ")
      output.append(mark)
      if family == .ipv6 { output.append(" IPv6") }
    }
  }
}

let newline = UInt8(ascii: "\n")

private let arrow = Array("  -> ".utf8)

extension VirtualService {
  /// Appends ` wlc (flag-1) persistent 360 mask 255.255.255.0 pe sip ops`, without the settings that
  /// have their default.
  func appendSettings(to output: inout TextBuffer) {
    output.append(" ")
    output.append(scheduler.text)
    if hasSchedulerFlags {
      output.append(" (")
      appendSchedulerFlags(to: &output)
      output.append(")")
    }
    if let persistence {
      output.append(" persistent ")
      output.append(persistence)
      if hasWideNetmask {
        output.append(" mask ")
        output.append(netmask)
      }
      if let engine {
        output.append(" pe ")
        output.append(engine.text)
      }
    }
    if flags.contains(.onePacket) { output.append(" ops") }
  }
}
