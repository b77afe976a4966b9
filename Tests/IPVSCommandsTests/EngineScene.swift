// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSAddresses
import IPVSBalancing
import IPVSClient
import IPVSGrammar
import IPVSNetlinkServer
import IPVSRules
import IPVSSockets
import IPVSSystem
import IPVSText
import Testing

@testable import IPVSCommands

/// What a table holds, without counters.
struct SceneTable: Equatable {
  var services: [ServiceIdentity: VirtualService] = [:]
  var servers: [ServiceIdentity: [Endpoint: RealServer]] = [:]
  var timeouts: Timeouts?

  /// The change that a command line makes of the table; nil where it makes none.
  func change(of words: [ByteString]) throws -> Change? {
    switch try CommandParser.parse(words, names: NoNames()).command {
    case .change(let change): return change
    case .edit(.server(let selection, let settings)):
      let identity = try #require(selection.service)
      let endpoint = Endpoint(selection.address, port: try #require(selection.port))
      let server = try #require(servers[identity]?[endpoint])
      return .editServer(server.changing(settings), of: identity)
    default: return nil
    }
  }

  func without(_ identity: ServiceIdentity) -> SceneTable { replacing(identity, with: nil) }

  func replacing(_ identity: ServiceIdentity, with service: VirtualService?) -> SceneTable {
    var table = self
    table.services[identity] = service
    if service == nil { table.servers[identity] = nil }
    return table
  }

  func replacing(
    _ endpoint: Endpoint, of identity: ServiceIdentity, with server: RealServer?
  ) -> SceneTable {
    var table = self
    table.servers[identity]?[endpoint] = server
    return table
  }
}

/// An engine of this process with a table, and the program as its client.
final class EngineScene {
  private let engine: EngineTransport

  /// What outlives a run. It goes with the scene.
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  init(_ rules: String, _ engine: EngineTransport = EngineTransport()) throws {
    self.engine = engine
    guard !rules.isEmpty else { return }
    let outcome = try run("ipvsadm -R", input: rules)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What the file of a remedy adds.
  static let restored = ServiceIdentity.endpoint(
    .tcp, Endpoint(.v4(IPv4Address(0x0a09_0909)), port: 80))

  static func words(_ line: String) -> [ByteString] {
    line.split(separator: " ").map { word in
      ByteString(String(word.map { $0 == "_" ? " " : $0 }))
    }
  }

  func run(_ line: String, input: String = "") throws -> (status: Int32, errors: String) {
    let words = Self.words(line)
    let files = [file(input), file(""), file("")]
    defer { for file in files { close(file) } }
    let environment = ProgramEnvironment(
      peer: .transport(engine), names: NoNames(), input: FileDescriptor(number: files[0]),
      output: FileDescriptor(number: files[1]), errors: FileDescriptor(number: files[2]),
      connections: nil, stateFolder: StateFolder(path: folder.path))
    let status = Program.run(words.first, Words(words.dropFirst()), in: environment)
    lseek(files[2], 0, SEEK_SET)
    var text = [UInt8](repeating: 0, count: 1 << 16)
    let length = read(files[2], &text, text.count)
    return (status, String(decoding: text.prefix(max(length, 0)), as: UTF8.self))
  }

  /// A file without a name.
  private func file(_ content: String) -> Int32 {
    var path = Array("/tmp/scene.XXXXXX".utf8CString)
    let file = mkstemp(&path)
    unlink(path)
    _ = write(file, content, content.utf8.count)
    lseek(file, 0, SEEK_SET)
    return file
  }

  func table() throws -> SceneTable {
    var director = try Director(.transport(engine))
    var table = SceneTable()
    for listed in try director.snapshot().services {
      let identity = listed.service.identity
      table.services[identity] = listed.service
      table.servers[identity] = Dictionary(
        uniqueKeysWithValues: listed.servers.map { ($0.server.endpoint, $0.server) })
    }
    table.timeouts = try director.timeouts()
    return table
  }
}

/// An engine of this process.
class EngineTransport: Transport {
  private var server = NetlinkServer(
    Balancer(seed: 1), in: HostNetwork(networks: [], interfaces: ["lo": 65536]))
  private var session = NetlinkSession()

  func send(_ datagram: RawSpan) -> Int32 {
    server.answer(datagram, for: &session)
    return 0
  }

  func receive() -> Received {
    server.nextDatagram(&session).map { .datagram($0) } ?? .failed(errno: ETIMEDOUT)
  }
}
