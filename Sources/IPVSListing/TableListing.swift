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
    let services = sorted ? snapshot.services.inOrder : snapshot.services
    for service in services { appendRows(of: service, to: &output) }
  }

  /// Appends one service with its titles (`--list --tcp-service ...`).
  public func append(_ service: ListedService, to output: inout TextBuffer) {
    appendTitles(to: &output)
    appendRows(of: service, to: &output)
  }

  /// Appends the line that begins the listing of a whole table.
  public func appendVersion(_ kernel: KernelInfo, to output: inout TextBuffer) {
    output.append("IP Virtual Server version ")
    for (shift, end) in [(16, "."), (8, "."), (0, " (size=")] {
      output.append(kernel.version >> shift & 0xff)
      output.append(end)
    }
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
      appendTraffic(of: listed.statistics, to: &output)
    } else {
      append(identity, to: &output)
      listed.service.appendSettings(to: &output)
    }
    output.append(byte: newline)
    let transport = identity.namedTransport
    for index in sorted ? listed.servers.order : Array(listed.servers.indices) {
      let server = listed.servers[index]
      output.append("  -> ")
      output.left(28) { column in
        let start = column.count
        let text = EndpointText(names: names)
        text.appendCut(server.server.endpoint, over: transport, to: &column)
        if server.server.endpoint.address.family == .ipv4 { column.cut(from: start, to: 28) }
      }
      appendColumns(of: server, to: &output)
      output.append(byte: newline)
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

extension [ListedService] {
  /// The services in ascending order of what tells them apart.
  var inOrder: [ListedService] {
    sorted { $0.service.identity < $1.service.identity }
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
