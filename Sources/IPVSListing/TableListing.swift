import IPVSAddresses
public import IPVSNames
public import IPVSRules
public import IPVSText

/// The table of a director as `ipvsadm --list` prints it.
///
/// Columns, titles, and cuts are those of ipvsadm 1.31, byte for byte. Different from it, firewall
/// marks are unsigned, the order is that of the manual page for every address, and what has no name
/// (a forwarding method, a scheduler flag) gets one.
public struct TableListing {
  /// Which columns there are.
  public var view: TableView

  /// Where addresses and ports get names from. Nil: numbers (`--numeric`).
  public var names: (any NameService)?

  /// All digits of a counter instead of units (`--exact`).
  public var exact: Bool

  /// Services and servers in ascending order, or as the kernel has them (`--nosort`).
  public var sorted: Bool

  public init(
    _ view: TableView = .plain, names: (any NameService)? = nil, exact: Bool = false,
    sorted: Bool = true
  ) {
    self.view = view
    self.names = names
    self.exact = exact
    self.sorted = sorted
  }

  /// Appends the whole table.
  public func append(_ snapshot: Snapshot, to output: inout TextBuffer) {
    appendVersion(snapshot.kernel, to: &output)
    appendTitles(to: &output)
    let services = snapshot.services
    for index in sorted ? services.order : Array(services.indices) {
      appendRows(of: services[index], to: &output)
    }
  }

  /// Appends one service with its titles (`--list --tcp-service ...`).
  public func append(_ service: ListedService, to output: inout TextBuffer) {
    appendTitles(to: &output)
    appendRows(of: service, to: &output)
  }

  /// Appends the line that begins the listing of a whole table.
  public func appendVersion(_ kernel: KernelInfo, to output: inout TextBuffer) {
    output.append("IP Virtual Server version ")
    output.append(kernel.version >> 16 & 0xff)
    output.append(byte: UInt8(ascii: "."))
    output.append(kernel.version >> 8 & 0xff)
    output.append(byte: UInt8(ascii: "."))
    output.append(kernel.version & 0xff)
    output.append(" (size=")
    output.append(kernel.connectionTableSize)
    output.append(")\n")
  }

  /// Appends the two lines of titles.
  public func appendTitles(to output: inout TextBuffer) {
    output.append(view.serviceTitles)
    output.append("\n")
    output.append(view.serverTitles)
    output.append("\n")
  }

  /// Appends the rows of a service and its real servers.
  public func appendRows(of listed: ListedService, to output: inout TextBuffer) {
    let identity = listed.service.identity
    if view.isOfTraffic {
      output.left(33) { append(identity, to: &$0) }
      output.append(atMost: 128) { writeTraffic(of: listed.statistics, to: &$0, at: 0) }
    } else {
      append(identity, to: &output)
      listed.service.appendSettings(to: &output)
    }
    output.append(byte: newline)
    let text = EndpointText(names: names)
    for index in sorted ? listed.servers.order : Array(listed.servers.indices) {
      appendRow(of: listed.servers[index], text, over: identity.namedTransport, to: &output)
    }
  }

  /// Appends the row of a real server.
  private func appendRow(
    of listed: ListedServer, _ text: EndpointText, over transport: TransportProtocol?,
    to output: inout TextBuffer
  ) {
    // The widest, of exact counters behind a name, has 171 bytes.
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
  private func append(_ identity: ServiceIdentity, to output: inout TextBuffer) {
    let start = output.count
    switch identity {
    case .endpoint(let transport, let endpoint):
      output.append(transport.spelling.listed)
      EndpointText(names: names).appendCut(endpoint, over: transport, to: &output)
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

extension [ListedService] {
  /// The positions of the services in ascending order of what tells them apart.
  var order: [Int] {
    indices.sorted { self[$0].service.identity < self[$1].service.identity }
  }
}

extension [ListedServer] {
  /// The positions of the servers in ascending order of address and port.
  var order: [Int] {
    indices.sorted { self[$0].server.endpoint < self[$1].server.endpoint }
  }
}

extension VirtualService {
  /// Appends ` wlc (flag-1) persistent 360 mask 255.255.255.0 pe sip ops`, as far as it applies.
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
