import IPVS

/// Gives the table a web service with two real servers, and prints it.
func balance(_ director: inout Director) throws {
  guard let web = Endpoint("202.103.106.5:80"), let first = Endpoint("172.16.0.2:80"),
    let second = Endpoint("172.16.0.3:8000"), let double = Weight(2)
  else { return }

  let present = try director.ruleSet()
  var wanted = present
  wanted.set(
    RuleSet.Service(
      VirtualService(.endpoint(.tcp, web), persistence: 360),
      servers: [
        RealServer(first, forwarding: .masquerading),
        RealServer(second, forwarding: .masquerading, weight: double),
      ]))
  for rejected in try director.apply(present.changes(to: wanted)) { print(rejected) }

  for listed in try director.snapshot().services {
    print(listed.service)
    for server in listed.servers { print("  ", server.server, server.activeConnections) }
  }
}
