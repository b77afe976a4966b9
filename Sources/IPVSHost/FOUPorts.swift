// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
package import IPVSSockets

/// A UDP port at which the kernel unpacks packets (ip-fou(8)).
package struct FOUPort: Hashable, Sendable {
  /// The port in host order.
  package var port: UInt16

  /// Whether packets there have the header of GUE.
  package var isGUE: Bool

  /// Makes a port of its parts.
  package init(_ port: UInt16, isGUE: Bool) {
    (self.port, self.isGUE) = (port, isGUE)
  }
}

extension FOUPort {
  /// The commands and attributes of the netlink family `fou` (include/uapi/linux/fou.h).
  private enum Family {
    static let name = "fou"
    static let get: UInt8 = 3
    static let version: UInt8 = 1
    static let port: UInt16 = 1
    static let type: UInt16 = 4
    static let gue: UInt8 = 2
  }

  /// All ports. The module `fou` must be there: to ask for its family would load it.
  ///
  /// - Throws: As `HostSocket.dump`; `refused` where there is no such family.
  package static func all(_ peer: NetlinkPeer) throws(HostError) -> [FOUPort] {
    var socket = try HostSocket(peer, .generic)
    let lookUp = Question(
      ControllerFamily.number,
      header: [ControllerFamily.Command.getFamily.rawValue, ControllerFamily.version, 0, 0],
      [
        Question.Attribute(ControllerFamily.Part.name.rawValue, Array(Family.name.utf8) + [0])
      ])
    let numbers = try socket.ask([lookUp]) { payload throws(NetlinkFormatError) in
      var number: UInt16 = 0
      try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
        (type, value) throws(NetlinkFormatError) in
        if type == ControllerFamily.Part.number.rawValue {
          number = try value.number(UInt16.self, of: type)
        }
      }
      return number
    }
    switch numbers.first {
    case .success(let number):
      let question = Question(number, header: [Family.get, Family.version, 0, 0])
      return try socket.dump(question) { payload throws(NetlinkFormatError) in
        try FOUPort(payload)
      }
    case .failure(let refusal): throw .refused(errno: refusal.errno)
    case nil: return []
    }
  }

  private init(_ payload: RawSpan) throws(NetlinkFormatError) {
    self.init(0, isGUE: false)
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, value) throws(NetlinkFormatError) in
      switch type {
      case Family.port: port = UInt16(bigEndian: try value.number(UInt16.self, of: type))
      case Family.type: isGUE = try value.number(UInt8.self, of: type) == Family.gue
      default: break
      }
    }
  }
}
