// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSSockets
import IPVSSystem
import Synchronization
import TestSupport
import Testing

/// How firewalls are read that change, are too large, or are not there, and bytes that are no
/// firewall.
@Suite struct FirewallReaderTests {
  private static let nftables = ModuleList(loaded: ["nf_tables"])

  private static let noTables = LegacySource { _ in
    .failure(SystemError(errno: 2))
  } info: { _, _ in
    .failure(SystemError(errno: 2))
  } entries: { _, _ in
    .failure(SystemError(errno: 2))
  }

  private func recorded(_ program: String, _ name: String) throws -> RecordedFirewall {
    try #require(RecordedFirewall.all.first { $0.program == program && $0.name == name })
  }

  /// Reads what a peer answers to each request.
  private func read(
    _ answer: @escaping (SentMessage) -> [Answer], _ modules: ModuleList = nftables
  ) throws -> HostFirewall {
    let transport = AnsweringTransport { requests in
      requests.map { .datagram(ScriptedTransport.datagram(answer($0), to: [$0])) }
    }
    return try FirewallReader(.transport(transport), Self.noTables).read(modules)
  }

  @Test("tables that change while they are read are read again")
  func changes() throws {
    let policy = try recorded("nft", "policy drop")
    var (asked, chainDumps): (UInt8, Int) = (0, 0)
    let firewall = try read { request in
      if request.type == RecordedFirewall.Message.getGeneration {
        asked += 1
        // The second answer is another one than the first, and from then on it stays.
        return [.reply(RecordedFirewall.generation(min(asked, 2)))]
      }
      if request.type == RecordedFirewall.Message.getChain { chainDumps += 1 }
      return policy.entries(for: request).map { .entry($0) } + [.end()]
    }
    #expect(firewall.ipv4.chains.count == 1)
    #expect(chainDumps == 2)
  }

  @Test("tables that never rest are given up")
  func unsteady() {
    var asked: UInt8 = 0
    #expect(throws: FirewallError.nftables(.unsteady(attempts: 5))) {
      try read { request in
        guard request.type == RecordedFirewall.Message.getGeneration else { return [.end()] }
        asked += 1
        return [.reply(RecordedFirewall.generation(asked))]
      }
    }
  }

  @Test(
    "a dump that is interrupted, or refused for a moment, is asked for again", arguments: [4, 16])
  func interrupted(errno: Int32) throws {
    let policy = try recorded("nft", "policy drop")
    var isFirst = true
    let firewall = try read { request in
      if request.type == RecordedFirewall.Message.getGeneration {
        return [.reply(RecordedFirewall.generation(1))]
      }
      if request.type == RecordedFirewall.Message.getChain, isFirst {
        isFirst = false
        return errno == 4
          ? policy.entries(for: request).map { .entry($0, flags: Answer.interrupted) }
            + [Answer(.end(0), flags: Answer.multipart | Answer.interrupted)]
          : [.refused(errno)]
      }
      return policy.entries(for: request).map { .entry($0) } + [.end()]
    }
    #expect(firewall.ipv4.chains.count == 1)
  }

  @Test("more rules than are read are said to be too many")
  func tooMany() throws {
    let policy = try recorded("nft", "policy drop, port accepted")
    #expect(throws: FirewallError.tooManyRules) {
      try policy.read { request, entries in
        request.type == RecordedFirewall.Message.getRule
          ? Array(repeating: entries[0], count: 20_001) : entries
      }
    }
  }

  @Test(
    "a kernel without nftables has no rules; one that refuses is an error", arguments: [22, 93, 95])
  func absent(errno: Int32) throws {
    let firewall = try read { _ in [.refused(errno)] }
    #expect(firewall.ipv4.chains.isEmpty)
    #expect(throws: FirewallError.nftables(.refused(errno: 1))) {
      try read { _ in [.refused(1)] }
    }
  }

  @Test("a module that is not loaded is not asked, as that would load it")
  func notLoaded() throws {
    var asked = 0
    _ = try read(
      { _ in
        asked += 1
        return [.refused(95)]
      }, ModuleList(installed: ["nf_tables"]))
    #expect(asked == 0)
  }

  @Test("a legacy table that grows meanwhile is read again, for a while")
  func growing() throws {
    let table = try #require(try recorded("iptables", "policy drop").legacy.first)
    func read(failures: Int) throws -> HostFirewall {
      let left = Mutex(failures)
      let source = LegacySource { family in
        family == .ipv4 ? .success(["filter"]) : .failure(SystemError(errno: 2))
      } info: { _, _ in
        .success(table.infoBytes)
      } entries: { _, _ in
        left.withLock { left in
          left -= 1
          return left >= 0 ? .failure(SystemError(errno: 11)) : .success(table.entriesBytes)
        }
      }
      let peer = NetlinkPeer.transport(AnsweringTransport { _ in [] })
      return try FirewallReader(peer, source).read(ModuleList(installed: []))
    }
    #expect(try read(failures: 2).ipv4.chains.count == 3)
    #expect(throws: FirewallError.legacy(table: "filter", errno: 11)) { try read(failures: 9) }
  }

  @Test("without the right to read, that is said")
  func noRight() {
    let source = LegacySource { _ in
      .failure(SystemError(errno: 13))
    } info: { _, _ in
      .failure(SystemError(errno: 1))
    } entries: { _, _ in
      .failure(SystemError(errno: 1))
    }
    let peer = NetlinkPeer.transport(AnsweringTransport { _ in [] })
    #expect(throws: FirewallError.legacy(table: "names", errno: 13)) {
      try FirewallReader(peer, source).read(ModuleList(installed: []))
    }
  }

  @Test("other families are named, and not judged")
  func otherFamilies() throws {
    let firewall = try recorded("nft", "other families").read()
    #expect(firewall.otherFamilies == ["bridge", "netdev"])
    #expect(firewall.ipv4.chains.map(\.table) == ["t"])
  }

  @Test("injured bytes of nftables and of legacy tables end in an error or in rules")
  func fuzz() {
    var seed = Seed(for: "injured firewalls")
    let scene = DirectorScene()
    var outcomes: [RecordedFirewallTests.Expected?: Int] = [:]
    for _ in 0..<Seed.cases(usually: 3) {
      for recorded in RecordedFirewall.all {
        var own = Seed(derivedFrom: &seed)
        let number = own.next()
        let firewall = try? recorded.read { _, entries in
          entries.map { entry in Bool.random(using: &own) ? own.injured(entry) : entry }
        } legacy: { bytes in
          // One byte is another one, and of some tables the rest is missing.
          var injured = bytes
          let place = Int(number % UInt64(bytes.count))
          injured[place] = UInt8(truncatingIfNeeded: number >> 32)
          return number >> 60 == 0 ? Array(injured.prefix(place)) : injured
        }
        guard let firewall else {
          outcomes[nil, default: 0] += 1
          continue
        }
        for way in [RecordedFirewallTests.Way.request, .answer, .trackedAnswer, .toServer] {
          outcomes[scene.outcome(of: way, in: firewall), default: 0] += 1
        }
      }
    }
    #expect(outcomes.count > 3)
  }
}
