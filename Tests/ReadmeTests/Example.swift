import IPVS

/// The rules of a file that `ipvsadm -S --full` wrote, or of one in its language; nil where it has faults.
func rules(in text: [UInt8]) -> RuleSet? {
  let file = RuleFile(text)
  for fault in file.faults { print(fault) }
  return file.isFaulty ? nil : file.rules
}

/// Gives the table a web service with two real servers, whole or not at all. Returns the plan.
func balance(_ director: inout Director) throws -> Plan? {
  guard let web = Endpoint("202.103.106.5:80"), let first = Endpoint("172.16.0.2:80"),
    let second = Endpoint("172.16.0.3:8000"), let double = Weight(2)
  else { return nil }

  var wanted = RuleSet()
  wanted.set(
    RuleSet.Service(
      VirtualService(.endpoint(.tcp, web), persistence: 360),
      servers: [
        RealServer(first, forwarding: .masquerading),
        RealServer(second, forwarding: .masquerading, weight: double),
      ]))
  let plan = Plan(from: try director.picture().rules, to: wanted, keeping: .otherServices)
  for change in plan.changes { print(change) }
  print(director.apply(plan))

  for listed in try director.snapshot().services {
    print(listed.service)
    for server in listed.servers { print("  ", server.server, server.activeConnections) }
  }
  return plan
}

/// Goes back to the table before a plan.
func undo(_ plan: Plan, on director: inout Director) {
  print(director.apply(plan.inverse))
}

/// Takes a server out of every service: first its weight, and when its last connection has ended, the server.
func retire(_ address: IPAddress, from director: inout Director, _ pause: () -> Void) throws {
  var drain = Drain(of: ServerSelection(address), in: try director.picture())
  print(try director.apply(drain.quiescence))
  while !drain.isEmpty {
    pause()
    try director.look(at: &drain)
  }
  print(try director.apply(drain.deletions))
}
