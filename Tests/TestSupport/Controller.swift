internal import Glibc

/// The answers of the controller of generic netlink (`nlctrl`) on the recorded kernel.
public enum Controller {
  /// The number of its family (`GENL_ID_CTRL`).
  public static let type: UInt16 = 16

  private static let familyNameAttribute: UInt16 = 2

  static func steps(answering requests: [SentMessage]) -> [ScriptedWire.Step] {
    guard let request = requests.first else { return [] }
    let name = request.attributes.dropFirst(4).prefix { $0 != 0 }
    guard request.attributes.number(UInt16.self, at: 2) == familyNameAttribute,
      String(decoding: name, as: UTF8.self) == "IPVS"
    else { return [.datagram([.refused(ENOENT)])] }
    let reply = ScriptedWire.Step.datagram([.reply(Recordings.controllerReply)])
    return request.wantsAcknowledgement ? [reply, .datagram([.done()])] : [reply]
  }
}
