import IPVSAddresses
import IPVSClient
import IPVSRules

/// Makes a web service with two real servers, and prints the table.
func balance(_ director: inout Director) throws {
  guard let vip = IPAddress("202.103.106.5"), let first = IPAddress("172.16.0.2"),
    let second = IPAddress("172.16.0.3"), let double = Weight(2)
  else { return }

  let web = VirtualService(.endpoint(.tcp, Endpoint(vip, port: 80)), persistence: 360)
  let rejections = try director.apply([
    .addService(web),
    .addServer(
      RealServer(Endpoint(first, port: 80), forwarding: .masquerading), to: web.identity),
    .addServer(
      RealServer(Endpoint(second, port: 8000), forwarding: .masquerading, weight: double),
      to: web.identity),
  ])
  for rejection in rejections {
    print("change \(rejection.index) was refused: errno \(rejection.errno)")
  }

  for listed in try director.snapshot().services {
    print(listed.service.identity, listed.service.scheduler)
    for server in listed.servers { print("  ", server.server.endpoint, server.activeConnections) }
  }
}
