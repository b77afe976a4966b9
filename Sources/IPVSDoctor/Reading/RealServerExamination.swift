// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSHost
internal import IPVSRules

/// Reads everything about a real server that rules look at. It needs no IPVS.
struct RealServerExamination {
  let doctor: Doctor

  init(_ doctor: Doctor) {
    self.doctor = doctor
  }

  /// Reads.
  func facts(of request: RealServerRequest) -> RealServerFacts {
    var facts = RealServerFacts(request)
    facts.host.program = doctor.program
    facts.host.entering = doctor.entering
    let host = HostExamination(doctor.hostPeer, doctor.files)
    host.readBasics(&facts)
    host.readModules(&facts)
    host.readCounters(&facts)
    host.readSockets(&facts)
    host.readRoutes(questions(facts), &facts)
    readFOU(&facts)
    host.readFirewall(&facts)
    return facts
  }

  private func questions(_ facts: RealServerFacts) -> [RouteQuestion] {
    let clients = [AddressFamily.ipv4, .ipv6].map { RealServerFacts.farClient(of: $0) }
    let director = facts.request.director.map { [$0] } ?? []
    return (facts.virtualAddresses + clients + director).map { RouteQuestion($0) }
  }

  private func readFOU(_ facts: inout RealServerFacts) {
    guard facts.tunnel == .gue, facts.host.modules.state(of: "fou") == .present else { return }
    do throws(HostError) { facts.fouPorts = try FOUPort.all(doctor.hostPeer) } catch {
      facts.gaps[.fou] = "the ports of fou cannot be read: \(error)"
    }
  }
}
