// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSClient
import IPVSRules
import IPVSSockets
import TestSupport

/// Bytes of the recordings and what they mean.
enum Sample {
  /// A service at 10.0.0.1.
  static func identity(_ port: UInt16) -> ServiceIdentity {
    .endpoint(.tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: port))
  }

  static let info = body(of: 195)
  static let timeouts = body(of: 197)

  /// The service that request 194 found: 10.0.0.1:80, rr.
  static let service = body(of: 194)
  static let services = bodies(of: 184)

  /// The real servers of 10.0.0.1:80, of 2001:db8::1 one among them.
  static let servers = bodies(of: 186)
  static let daemons = bodies(of: 236)

  /// The change that adds a service at port `number` of 10.0.0.1.
  static func change(_ number: Int) -> Change {
    .addService(VirtualService(identity(UInt16(truncatingIfNeeded: number))))
  }

  /// The refusal of that change, which is the one with this index.
  static func rejection(_ index: Int, _ errno: Int32) -> RejectedChange {
    RejectedChange(index: index, change(index), errno: errno)
  }

  private static func bodies(of id: Int) -> [[UInt8]] {
    Recordings.requests.first { $0.id == id }?.replyBodies ?? []
  }

  private static func body(of id: Int) -> [UInt8] {
    bodies(of: id).first ?? []
  }
}

/// The result of a request to a director over a transport.
func ask<Answer>(
  _ transport: any Transport, _ body: (inout Director) throws(DirectorError) -> Answer
) -> Result<Answer, DirectorError> {
  Result { () throws(DirectorError) in
    var director = try Director(.transport(transport))
    return try body(&director)
  }
}

/// The result of a request to a director whose answers are a script.
func ask<Answer>(
  _ script: [ScriptedTransport.Step], _ body: (inout Director) throws(DirectorError) -> Answer
) -> Result<Answer, DirectorError> {
  ask(ScriptedTransport(script), body)
}
