// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSNames
package import IPVSRules
package import IPVSText

/// The table of a director as `ipvsadm --save` prints it: the lines that `--restore` reads.
///
/// The lines are those of ipvsadm 1.31, byte for byte, except where 1.31 cannot restore its own:
/// firewall marks are unsigned, the scheduler flag `flag-3` is kept, and an address whose names are
/// too long for 1.31 is written as numbers. Thresholds are saved in the full listing (`--full`) only, in
/// lines that 1.31 can read. Forwarding methods without an option are not saved.
package struct SaveListing {
  private let text: EndpointText
  private let isFull: Bool

  /// - Parameters:
  ///   - names: The source of names for addresses and ports; nil for numbers (`--numeric`).
  ///   - isFull: Whether every setting is saved.
  package init(names: (any NameService)? = nil, isFull: Bool = false) {
    text = EndpointText(names: names)
    self.isFull = isFull
  }

  /// Appends the lines of everything that a director is set to: timeouts, services, and daemons.
  package func append(_ picture: Picture, to output: inout TextBuffer) {
    append(picture.timeouts, to: &output)
    append(picture.table.services, to: &output)
    for daemon in picture.daemons { append(daemon, to: &output) }
  }

  /// Appends `--set 900 120 300`.
  package func append(_ timeouts: Timeouts, to output: inout TextBuffer) {
    output.append("--set")
    for seconds in [timeouts.tcp, timeouts.tcpFin, timeouts.udp] {
      output.append(byte: blank)
      output.append(seconds)
    }
    output.append(byte: newline)
  }

  /// Appends `--start-daemon master --mcast-interface eth0 --syncid 0`, and what else is known.
  package func append(_ daemon: SyncDaemon, to output: inout TextBuffer) {
    output.append("--start-daemon \(daemon.role) --mcast-interface ")
    output.append(daemon.interface.text)
    output.append(" --syncid \(daemon.syncID)")
    if let length = daemon.maximumLength { output.append(" --sync-maxlen \(length)") }
    if let group = daemon.group { output.append(" --mcast-group \(group)") }
    if let port = daemon.port { output.append(" --mcast-port \(port)") }
    if let timeToLive = daemon.timeToLive { output.append(" --mcast-ttl \(timeToLive)") }
    output.append(byte: newline)
  }

  /// Appends one service without its servers: `-A -t 10.0.0.1:80 -s wlc`.
  package func append(
    _ service: VirtualService, by command: String, to output: inout TextBuffer
  ) {
    append(service, named: name(of: service.identity), by: command, to: &output)
  }

  /// Appends one server: `-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1`.
  package func append(
    _ server: RealServer, of identity: ServiceIdentity, by command: String,
    to output: inout TextBuffer
  ) {
    append(server, of: identity, named: name(of: identity), by: command, to: &output)
  }

  /// Appends the lines of all services, in ascending order.
  package func append(_ services: [ListedService], to output: inout TextBuffer) {
    for index in services.order {
      let listed = services[index]
      let identity = listed.service.identity
      let name = name(of: identity)
      append(listed.service, named: name, by: "-A", to: &output)
      for index in listed.servers.order {
        append(listed.servers[index].server, of: identity, named: name, by: "-a", to: &output)
      }
    }
  }

  private func append(
    _ service: VirtualService, named name: TextBuffer, by command: String,
    to output: inout TextBuffer
  ) {
    output.append(command)
    output.append(byte: blank)
    output.append(copying: name)
    output.append(" -s ")
    output.append(service.scheduler.text)
    service.appendOptions(isFull: isFull, to: &output)
    output.append(byte: newline)
  }

  private func append(
    _ server: RealServer, of identity: ServiceIdentity, named name: TextBuffer,
    by command: String, to output: inout TextBuffer
  ) {
    output.append(command)
    output.append(byte: blank)
    output.append(copying: name)
    output.append(" -r ")
    text.appendWhole(server.endpoint, over: identity.namedTransport, to: &output)
    server.appendOptions(isFull: isFull, to: &output)
    output.append(byte: newline)
  }

  /// The service as lines name it. The name of a host takes long to find; it is the same in all lines.
  private func name(of identity: ServiceIdentity) -> TextBuffer {
    var name = TextBuffer()
    append(identity, to: &name)
    return name
  }

  /// Appends `-t 10.0.0.1:80`, or `-f 1 -6`.
  package func append(_ identity: ServiceIdentity, to output: inout TextBuffer) {
    switch identity {
    case .endpoint(let transport, let endpoint):
      output.append(transport.spelling.option)
      text.appendWhole(endpoint, over: transport, to: &output)
    case .mark(let mark, let family):
      output.append("-f ")
      output.append(mark)
      if family == .ipv6 { output.append(" -6") }
    }
  }
}

extension VirtualService {
  /// Appends the options after the scheduler.
  fileprivate func appendOptions(isFull: Bool, to output: inout TextBuffer) {
    if let persistence {
      output.append(" -p ")
      output.append(persistence)
    }
    if persistence != nil || isFull, hasWideNetmask {
      output.append(" -M ")
      output.append(netmask)
    }
    if let engine {
      output.append(" --pe ")
      output.append(engine.text)
    }
    if flags.contains(.onePacket) { output.append(" -o") }
    if hasSchedulerFlags {
      output.append(" -b ")
      appendSchedulerFlags(to: &output)
    }
  }
}

extension RealServer {
  /// Appends the options after the address.
  fileprivate func appendOptions(isFull: Bool, to output: inout TextBuffer) {
    output.append(byte: blank)
    // The kernel makes any method local there; -m is the one that keeps the port.
    output.append(isFull && forwarding == .local ? "-m" : forwarding.spelling.option)
    output.append(" -w ")
    output.append(weight.value)
    appendTunnel(to: &output)
    guard isFull else { return }
    for (option, threshold) in [(" -x ", upperThreshold), (" -y ", lowerThreshold)]
    where threshold != 0 {
      output.append(option)
      output.append(threshold)
    }
  }

  private func appendTunnel(to output: inout TextBuffer) {
    guard forwarding == .tunneling else { return }
    switch tunnel.kind {
    case .ipip:
      output.append(" --tun-type ipip")
    case .gue:
      output.append(" --tun-type gue --tun-port ")
      output.append(tunnel.port)
      output.append(tunnel.flags.savedForGUE)
    case .gre:
      output.append(" --tun-type gre")
      output.append(tunnel.flags.savedForGRE)
    default:
      break
    }
  }
}

extension Tunnel.Flags {
  /// At most one option can be given: of both flags the kernel checks the remote checksum first.
  fileprivate var savedForGUE: ByteString {
    if contains(.remoteChecksum) { return " --tun-remcsum" }
    return contains(.checksum) ? " --tun-csum" : " --tun-nocsum"
  }

  /// GRE has no remote checksum.
  fileprivate var savedForGRE: ByteString {
    contains(.checksum) ? " --tun-csum" : " --tun-nocsum"
  }
}
