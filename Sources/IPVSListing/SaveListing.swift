// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSNames
package import IPVSRules
package import IPVSText

/// The table of a director as `ipvsadm --save` prints it: the lines that `--restore` reads.
///
/// The lines are those of ipvsadm 1.31, byte for byte, except where 1.31 cannot restore its own:
/// firewall marks are unsigned, the scheduler flag `flag-3` is kept, and an address whose names are
/// too long for 1.31 is written as numbers. Thresholds, timeouts, daemons, and forwarding methods
/// without an option are not saved.
package struct SaveListing {
  private let text: EndpointText

  /// - Parameter names: the source of names for addresses and ports; nil for numbers (`--numeric`).
  package init(names: (any NameService)? = nil) {
    text = EndpointText(names: names)
  }

  /// Appends the lines of all services, in ascending order.
  package func append(_ services: [ListedService], to output: inout TextBuffer) {
    for index in services.order { appendLines(of: services[index], to: &output) }
  }

  /// Appends the lines of one service and its real servers.
  private func appendLines(of listed: ListedService, to output: inout TextBuffer) {
    let identity = listed.service.identity
    var name = TextBuffer()
    append(identity, to: &name)
    output.append("-A ")
    output.append(copying: name)
    output.append(" -s ")
    output.append(listed.service.scheduler.text)
    listed.service.appendOptions(to: &output)
    output.append(byte: newline)
    for index in listed.servers.order {
      let server = listed.servers[index].server
      output.append("-a ")
      output.append(copying: name)
      output.append(" -r ")
      text.appendWhole(server.endpoint, over: identity.namedTransport, to: &output)
      server.appendOptions(to: &output)
      output.append(byte: newline)
    }
  }

  /// Appends `-t 10.0.0.1:80`, or `-f 1 -6`.
  private func append(_ identity: ServiceIdentity, to output: inout TextBuffer) {
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
  fileprivate func appendOptions(to output: inout TextBuffer) {
    if let persistence {
      output.append(" -p ")
      output.append(persistence)
      if hasWideNetmask {
        output.append(" -M ")
        output.append(netmask)
      }
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
  fileprivate func appendOptions(to output: inout TextBuffer) {
    output.append(byte: blank)
    output.append(forwarding.spelling.option)
    output.append(" -w ")
    output.append(weight.value)
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
