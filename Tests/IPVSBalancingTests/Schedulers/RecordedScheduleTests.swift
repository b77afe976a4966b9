// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// Every decision of the kernel's schedulers that was recorded is made here, too.
@Suite struct RecordedScheduleTests {
  @Test(arguments: RecordedSchedule.all)
  func decidesAsTheKernelDid(_ scenario: RecordedSchedule.Scenario) throws {
    var model = try ScheduleModel(
      ByteString(scenario.scheduler), flags: scenario.serviceFlags,
      family: scenario.vip?.contains(":") == true ? .ipv6 : .ipv4)
    var connections: [Int: ScheduleModel.Connection] = [:]
    for (number, operation) in scenario.ops.enumerated() {
      switch operation.op {
      case "add": model.add(try operation.key, try operation.settings)
      case "set": model.edit(try operation.key, try operation.settings)
      case "del": model.delete(try operation.key)
      case "service": try model.use(ByteString(try #require(operation.scheduler)))
      case "conn":
        var connection = model.connect(try operation.flow(scenario))
        let chosen = connection.map { model[$0.server].key.address }
        let expected = try operation.server.map { try address($0) }
        #expect(chosen == expected, "operation \(number)")
        if var begun = connection {
          model.setActive(&begun, operation.isActive)
          connection = begun
        }
        connections[number] = connection
      case "close":
        let begun = try #require(operation.connection)
        guard var connection = connections[begun] else { continue }
        model.setActive(&connection, false)
        connections[begun] = connection
      case "counts":
        let expected = try #require(operation.servers)
        #expect(
          try model.list.map(RecordedSchedule.Counts.init) == expected, "operation \(number)")
      default: Issue.record("an unknown operation: \(operation.op)")
      }
    }
  }
}

func address(_ text: String) throws -> UInt128 {
  switch try #require(IPAddress(text)) {
  case .v4(let address): UInt128(address.bits)
  case .v6(let address): address.bits
  }
}

extension RecordedSchedule.Operation {
  fileprivate var key: ServerKey {
    get throws {
      let text = try #require(addr)
      return ServerKey(
        text.contains(":") ? .ipv6 : .ipv4, address: try address(text), port: try #require(port))
    }
  }

  fileprivate var settings: ServerSettings {
    get throws {
      ServerSettings(
        weight: try #require(weight), upperThreshold: upper ?? 0, lowerThreshold: lower ?? 0)
    }
  }

  fileprivate func flow(_ scenario: RecordedSchedule.Scenario) throws -> Flow {
    let virtual = try #require(virtual ?? scenario.vip)
    return Flow(
      family: virtual.contains(":") ? .ipv6 : .ipv4, source: try address(#require(client)),
      sourcePort: try #require(clientPort), destination: try address(virtual),
      destinationPort: virtualPort ?? scenario.vport ?? 0)
  }

  /// Whether the connection is in an active state when the next one comes: a SYN or an established
  /// one is; one that ended or was reset is not, nor is UDP.
  fileprivate var isActive: Bool { mode == "syn" || mode == "keep" }
}

extension RecordedSchedule.Counts {
  fileprivate init(_ record: ServerRecord) throws {
    let address: IPAddress =
      record.key.family == .ipv4
      ? .v4(IPv4Address(UInt32(record.key.address))) : .v6(IPv6Address(record.key.address))
    self.init(
      addr: address.description, port: record.key.port, weight: record.weight,
      active: record.activeConnections, inactive: record.inactiveConnections)
  }
}
