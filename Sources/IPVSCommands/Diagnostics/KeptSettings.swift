// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSRules

extension VirtualService {
  /// The service with what `present` has wherever the line names nothing else.
  func keeping(_ present: VirtualService, unlessNamedIn line: TypedLine?) -> VirtualService {
    var service = self
    func isNamed(_ option: OptionName) -> Bool { line?.names(option) ?? true }
    if !isNamed(.scheduler) { service.scheduler = present.scheduler }
    if !isNamed(.persistent) { service.persistence = present.persistence }
    if !isNamed(.netmask) { service.netmask = present.netmask }
    if !isNamed(.persistenceEngine) { service.engine = present.engine }
    let ofScheduler: ServiceFlags = [.scheduler1, .scheduler2, .scheduler3]
    if !isNamed(.schedulerFlags), service.scheduler == present.scheduler {
      service.flags.subtract(ofScheduler)
      service.flags.formUnion(present.flags.intersection(ofScheduler))
    }
    if !isNamed(.onePacket) {
      service.flags.remove(.onePacket)
      service.flags.formUnion(present.flags.intersection(.onePacket))
    }
    return service
  }
}

extension RealServer {
  /// The server with what `present` has wherever the line names nothing else.
  func keeping(_ present: RealServer, unlessNamedIn line: TypedLine?) -> RealServer {
    var server = self
    func isNamed(_ option: OptionName) -> Bool { line?.names(option) ?? true }
    if !isNamed(.forwardingMethod) {
      server.forwarding = present.forwarding
      server.tunnel = present.tunnel
    } else if server.forwarding == present.forwarding, !isNamed(.tunnelKind) {
      server.tunnel = present.tunnel
    }
    if !isNamed(.weight) { server.weight = present.weight }
    if !isNamed(.upperThreshold) { server.upperThreshold = present.upperThreshold }
    if !isNamed(.lowerThreshold) { server.lowerThreshold = present.lowerThreshold }
    return server
  }
}
