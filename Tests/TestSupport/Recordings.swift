// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// What a real kernel was asked, and what it answered: `Tests/Recordings/requests`.
public enum Recordings {
  /// All recorded requests in their order. Each finds the state that those before it left.
  public static let requests: [RecordedRequest] = load("requests", as: Requests.self).cases

  /// The controller's reply to a look-up of `IPVS`, from its generic netlink header on.
  public static let controllerReply: [UInt8] = {
    let controller = load("controller", as: ControllerRecording.self)
    guard let bytes = Hex.bytes(controller.getfamily.replyBody) else {
      preconditionFailure("controller.json: the reply is not hexadecimal")
    }
    return bytes
  }()

  /// The bodies of all recorded replies of the family, with the numbers of their requests.
  public static let replies: [(id: Int, body: [UInt8])] = requests.flatMap { request in
    request.replyBodies.map { (request.id, $0) }
  }

  private struct Requests: Decodable {
    let cases: [RecordedRequest]
  }

  private struct ControllerRecording: Decodable {
    struct Look: Decodable {
      let replyBody: String

      enum CodingKeys: String, CodingKey { case replyBody = "reply_body" }
    }

    let getfamily: Look
  }

  /// The recordings are part of the tests: without them there is nothing to run.
  private static func load<Content: Decodable>(_ name: String, as: Content.Type) -> Content {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Recordings/requests/\(name).json")
    do {
      return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("\(file.path): \(error)")
    }
  }
}
