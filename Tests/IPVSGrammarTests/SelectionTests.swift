// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText
import Testing

/// What a line of `-L` selects.
@Suite struct SelectionTests {
  private func request(_ line: String) throws -> ListRequest {
    guard case .list(let request) = try command(line) else {
      Issue.record("no listing: \(line)")
      return ListRequest(.timeouts)
    }
    return request
  }

  private let web = ServiceIdentity.endpoint(
    .tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80))
  private let server = ServerSelection(.v4(IPv4Address(0x0a00_0002)))

  @Test("one service alone is 1.31's listing of it, with each of its views")
  func oneService() throws {
    #expect(try request("-L -t 10.0.0.1:80") == ListRequest(.service(web, .plain)))
    #expect(
      try request("-Ln -t 10.0.0.1:80 --stats")
        == ListRequest(.service(web, .statistics), numeric: true))
  }

  @Test("more than one filter, or one that 1.31 does not have, selects from the table")
  func fromTable() throws {
    var filter = ListingFilter()
    filter.services = [web, .mark(5, .ipv6)]
    let request = try request("-L -t 10.0.0.1:80 -f 5 -6 --rate")
    #expect(request.subject == .table(.rates))
    #expect(request.filter == filter)
    filter.services = [web, web]
    #expect(try self.request("-L -t 10.0.0.1:80 -t 10.0.0.1:80").filter == filter)
    filter.services = [web]
    filter.servers = [server]
    #expect(try self.request("-L -r 10.0.0.2 -t 10.0.0.1:80").filter == filter)
    #expect(try self.request("-L -r 10.0.0.2").subject == .table(.plain))
    #expect(try self.request("-L -s rr").subject == .table(.plain))
    #expect(try self.request("-L --by-server -t 10.0.0.1:80").subject == .hosts)
    #expect(try self.request("-L --by-server").filter.isEmpty)
  }

  @Test("filters of connections, several of each kind")
  func connections() throws {
    let request = try request(
      "-L -c -t 10.0.0.1:80 -r 10.0.0.2 -r 10.0.0.2:81 --client 10.0.0.0/8 --client fd00::/8"
        + " --state established --state TIME_WAIT -s rr -s wlc -u 10.0.0.1:53")
    let name = ServiceIdentity.endpoint(
      .udp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 53))
    #expect(request.subject == .connections(persistence: false))
    #expect(request.filter.services == [web, name])
    #expect(
      request.filter.servers
        == [server, ServerSelection(.v4(IPv4Address(0x0a00_0002)), port: 81)])
    #expect(request.filter.clients.map(\.description) == ["10.0.0.0/8", "fd00::/8"])
    #expect(request.filter.states == [.established, .timeWait])
    #expect(request.filter.schedulers.map(\.description) == ["rr", "wlc"])
    #expect(try self.request("-Lc --count-by client").subject == .counts(by: .client))
  }

  @Test("a server's port by name has the protocol of the service before or behind it")
  func ports() throws {
    let port = ServerSelection(.v4(IPv4Address(0x0a00_0002)), port: 80)
    #expect(try request("-L -t 10.0.0.1:80 -r 10.0.0.2:http").filter.servers == [port])
    #expect(try request("-L -r 10.0.0.2:http -t 10.0.0.1:80").filter.servers == [port])
    #expect(throws: GrammarError.self) { try request("-L -r 10.0.0.2:http -r 10.0.0.3") }
  }

  @Test("other commands have an option once, as before")
  func otherCommands() {
    for line in [
      "-Z -t 10.0.0.1:80 -t 10.0.0.1:80", "-A -t 10.0.0.1:80 -s rr -s rr",
      "-L -n -n", "-L --by-server --by-server", "-Lc --count-by state --count-by state",
    ] {
      #expect(diagnostic(about: words(line)).hasPrefix("2 multiple "), "\(line)")
    }
  }
}
