// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The answers of the controller of generic netlink (`nlctrl`) on the recorded kernel.
public enum Controller {
  /// The number of its family (`GENL_ID_CTRL`).
  public static let type: UInt16 = 16

  private static let familyNameAttribute: UInt16 = 2

  /// The number of the family `IPVS_ENGINE`, and the reply to a look-up of it.
  public static let engineType: UInt16 = 29
  private static let engineReply: [UInt8] = [
    0x01, 0x02, 0x00, 0x00,  // command CTRL_CMD_NEWFAMILY
    0x06, 0x00, 0x01, 0x00, 0x1d, 0x00, 0x00, 0x00,  // number 29
  ]

  static func steps(
    answering requests: [SentMessage], isEngine: Bool = false
  ) -> [ScriptedTransport.Step] {
    guard let request = requests.first else { return [] }
    let name = request.attributes.dropFirst(4).prefix { $0 != 0 }
    let replies =
      isEngine
      ? ["IPVS": Recordings.controllerReply, "IPVS_ENGINE": engineReply]
      : ["IPVS": Recordings.controllerReply]
    guard request.attributes.number(UInt16.self, at: 2) == familyNameAttribute,
      let body = replies[String(decoding: name, as: UTF8.self)]
    else { return [.datagram([.refused(ENOENT)])] }
    let reply = ScriptedTransport.Step.datagram([.reply(body)])
    return request.wantsAcknowledgement ? [reply, .datagram([.done()])] : [reply]
  }
}
