// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// The validation rule for an attribute (lib/nlattr.c, `validate_nla`). Old families such as IPVS are
/// validated liberally: a number may be longer than its type.
enum AttributeRule: Sendable {
  /// At least this number of bytes.
  case atLeast(Int)

  /// At most this number of bytes.
  case atMost(Int)

  /// Zero-terminated text of at most this number of bytes.
  case text(Int)

  /// Nested attributes, or nothing.
  case nest

  @inline(__always)
  func check(_ payload: RawSpan) throws(KernelError) {
    let count = payload.byteCount
    switch self {
    case .atLeast(let least): guard count >= least else { throw .outOfRange }
    case .atMost(let most): guard count <= most else { throw .outOfRange }
    case .nest: guard count == 0 || count >= Attribute.headerLength else { throw .outOfRange }
    case .text(let most): try Self.checkText(payload, most)
    }
  }

  private static func checkText(_ payload: RawSpan, _ most: Int) throws(KernelError) {
    let count = payload.byteCount
    guard payload.extracting(first: most + 1).hasZero else { throw .invalid }
    let isTerminated = payload.load(UInt8.self, at: count - 1) == 0
    guard count - (isTerminated ? 1 : 0) <= most else { throw .outOfRange }
  }
}

/// The attribute numbers of one nesting level, with their validation rules.
protocol CheckedAttribute: RawRepresentable<UInt16>, CaseIterable {
  var rule: AttributeRule { get }
}

extension RawSpan {
  fileprivate var hasZero: Bool {
    for offset in 0..<byteCount where load(UInt8.self, at: offset) == 0 { return true }
    return false
  }
}

/// The payload ranges of one nesting level's attributes, by number. The last of several with one number
/// wins.
///
/// Every call must pass the message that `init` was given.
struct Attributes<Key: CheckedAttribute> {
  /// A payload's range. No payload begins at 0, which means absent.
  private struct Payload {
    var start: UInt32 = 0
    var end: UInt32 = 0
  }

  /// By attribute number; the largest is 15.
  private var payloads = InlineArray<16, Payload>(repeating: Payload())

  /// Finds and validates the attributes in a part of a message. As the kernel, ignores unknown ones, and
  /// everything from one whose length does not fit.
  init(_ message: RawSpan, in part: Range<Int>) throws(KernelError) {
    var offset = part.lowerBound
    while part.upperBound - offset >= Attribute.headerLength,
      let length = message.load(UInt16.self, at: offset).map(Int.init),
      let type = message.load(UInt16.self, at: offset + 2),
      length >= Attribute.headerLength, length <= part.upperBound - offset
    {
      let payload = offset + Attribute.headerLength..<offset + length
      if let key = Key(rawValue: type & Attribute.numberMask) {
        try key.rule.check(message.extracting(payload))
        payloads[Int(key.rawValue)] = Payload(
          start: UInt32(payload.lowerBound), end: UInt32(payload.upperBound))
      }
      offset += (length + 3) & ~3
    }
  }

  @inline(__always)
  subscript(_ key: Key) -> Range<Int>? {
    let payload = payloads[Int(key.rawValue)]
    return payload.start == 0 ? nil : Int(payload.start)..<Int(payload.end)
  }

  func has(_ key: Key) -> Bool { self[key] != nil }

  /// The number at the start of an attribute, or nil if it is absent.
  @inline(__always)
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ key: Key, _ message: RawSpan, as: Number.Type = Number.self
  ) -> Number? {
    self[key].flatMap { message.load(Number.self, at: $0.lowerBound) }
  }

  /// The number at the start of an attribute.
  ///
  /// - Throws: EINVAL if it is absent.
  @inline(__always)
  func required<Number: FixedWidthInteger & BitwiseCopyable>(
    _ key: Key, _ message: RawSpan, as: Number.Type = Number.self
  ) throws(KernelError) -> Number {
    guard let number = number(key, message, as: Number.self) else { throw .invalid }
    return number
  }

  /// The first 16 bytes of an attribute (`RawSpan.leadingField()`), or nil if it is absent.
  func field(_ key: Key, _ message: RawSpan) -> UInt128? {
    self[key].map { message.extracting($0).leadingField() }
  }

  /// The text of an attribute up to its zero byte, or nil if it is absent.
  func text(_ key: Key, _ message: RawSpan) -> [UInt8]? {
    self[key].map { message.extracting($0).text() }
  }
}
