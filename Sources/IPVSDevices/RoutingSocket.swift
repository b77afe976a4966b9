// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
internal import IPVSNetlinkFormat

/// A socket for requests about routing (rtnetlink(7)).
final class RoutingSocket {
  /// Types of messages (`RTM_*`).
  enum MessageType {
    static let newLink: UInt16 = 16
    static let getLink: UInt16 = 18
    static let newAddress: UInt16 = 20
    static let deleteAddress: UInt16 = 21
    static let newRoute: UInt16 = 24
    static let deleteRoute: UInt16 = 25
    static let getRoute: UInt16 = 26
    static let newRule: UInt16 = 32
    static let deleteRule: UInt16 = 33
    static let getRule: UInt16 = 34
  }

  /// A request: a type, flags beside those that all have, and what follows the header.
  struct Request {
    var type: UInt16
    var flags: MessageFlags = []
    var body: [UInt8]
  }

  /// How many requests are sent at once; their answers fit the socket's buffer.
  private static let requestsAtOnce = 64

  /// The kernel's messages are no longer (`NLMSG_GOODSIZE`, and dumps into 32 KiB).
  private static let longestDatagram = 64 << 10

  private let descriptor: Int32

  /// What tells notices of changes made through this socket from others.
  let port: UInt32
  private var sequence: UInt32 = 0
  private var buffer = [UInt8](repeating: 0, count: longestDatagram)

  /// - Throws: the errno for which there is no such socket.
  init() throws(RoutingFailure) {
    var port: UInt32 = 0
    let descriptor = ipvs_routing_open(&port)
    guard descriptor >= 0 else { throw RoutingFailure(errno: -descriptor) }
    (self.descriptor, self.port) = (descriptor, port)
  }

  deinit { close(descriptor) }

  /// Carries out changes in their order, each whether or not others fail.
  ///
  /// - Returns: an errno for each, 0 for success.
  func change(_ requests: [Request]) throws(RoutingFailure) -> [Int32] {
    var results: [Int32] = []
    for start in stride(from: 0, to: requests.count, by: Self.requestsAtOnce) {
      let part = requests[start..<min(start + Self.requestsAtOnce, requests.count)]
      let first = sequence &+ 1
      var datagram: [UInt8] = []
      for request in part { append(request, [.request, .acknowledge], to: &datagram) }
      try send(datagram)
      var answers = [Int32](repeating: 0, count: part.count)
      var missing = part.count
      while missing > 0 {
        try receive { header, body in
          let index = Int(header.sequence &- first)
          guard header.type == ReservedType.error.rawValue, index < answers.count else { return }
          answers[index] = -(body.load(Int32.self, at: 0) ?? 0)
          missing -= 1
        }
      }
      results += answers
    }
    return results
  }

  /// Asks a question of one answer.
  ///
  /// - Returns: what `read` makes of it; nil where the kernel has none.
  func ask<Answer>(
    _ request: Request, _ read: (RawSpan) -> Answer
  ) throws(RoutingFailure) -> Answer? {
    var datagram: [UInt8] = []
    append(request, .request, to: &datagram)
    let asked = sequence
    try send(datagram)
    var answer: Answer?
    var isAnswered = false
    while !isAnswered {
      try receive { header, body in
        guard header.sequence == asked else { return }
        isAnswered = true
        if header.type != ReservedType.error.rawValue { answer = read(body) }
      }
    }
    return answer
  }

  /// Lists entries of a table of the kernel. One that does not exist has none.
  ///
  /// - Parameter body: Gets what follows the header of each message.
  func list(_ request: Request, _ body: (RawSpan) -> Void) throws(RoutingFailure) {
    var datagram: [UInt8] = []
    append(request, [.request, .dump], to: &datagram)
    let asked = sequence
    try send(datagram)
    var failure: Int32?
    while failure == nil {
      try receive { header, payload in
        guard header.sequence == asked else { return }
        switch header.type {
        case ReservedType.done.rawValue: failure = 0
        case ReservedType.error.rawValue: failure = -(payload.load(Int32.self, at: 0) ?? 0)
        default: body(payload)
        }
      }
    }
    if let failure, failure != 0, failure != ENOENT { throw RoutingFailure(errno: failure) }
  }

  private func append(
    _ request: Request, _ flags: MessageFlags, to datagram: inout [UInt8]
  ) {
    sequence &+= 1
    let length = UInt32(MessageHeader.length + request.body.count)
    let header = (length, request.type, request.flags.union(flags).rawValue, sequence, UInt32(0))
    withUnsafeBytes(of: header) { datagram += $0 }
    datagram += request.body
    datagram += [UInt8](repeating: 0, count: -datagram.count & 3)
  }

  private func send(_ datagram: [UInt8]) throws(RoutingFailure) {
    while Glibc.send(descriptor, datagram, datagram.count, 0) < 0 {
      guard errno == EINTR else { throw RoutingFailure(errno: errno) }
    }
  }

  private func receive(
    _ body: (MessageHeader, RawSpan) -> Void
  ) throws(RoutingFailure) {
    let length = recv(descriptor, &buffer, buffer.count, 0)
    guard length >= 0 else {
      if errno == EINTR { return }
      throw RoutingFailure(errno: errno)
    }
    buffer.withUnsafeBytes {
      MessageHeader.forEach(in: UnsafeRawBufferPointer(rebasing: $0[..<length]).bytes, body)
    }
  }
}

/// The errno for which the kernel could not be asked about routing, or did not do what it was asked.
struct RoutingFailure: Error, Hashable {
  var errno: Int32
}

extension MessageHeader {
  /// Calls `body` with the header of each message of a datagram, and what follows it.
  static func forEach(in datagram: RawSpan, _ body: (MessageHeader, RawSpan) -> Void) {
    var start = 0
    while let size = datagram.load(UInt32.self, at: start),
      let type = datagram.load(UInt16.self, at: start + 4),
      let flags = datagram.load(UInt16.self, at: start + 6),
      let sequence = datagram.load(UInt32.self, at: start + 8),
      let port = datagram.load(UInt32.self, at: start + 12),
      size >= MessageHeader.length, Int(size) <= datagram.byteCount - start
    {
      let header = MessageHeader(
        length: size, type: type, flags: MessageFlags(rawValue: flags), sequence: sequence,
        port: port)
      body(header, datagram.extracting(start + MessageHeader.length..<start + Int(size)))
      start += (Int(size) + 3) & ~3
    }
  }
}
