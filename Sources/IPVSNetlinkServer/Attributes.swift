internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// What an attribute must be like (lib/nlattr.c, `validate_nla`), by the liberal rules of old families:
/// a number may be longer than its type.
enum AttributeRule: Sendable {
  /// A number, or anything else of at least so many bytes.
  case atLeast(Int)

  /// So many bytes or fewer.
  case atMost(Int)

  /// Text of so many bytes or fewer, and a zero byte.
  case text(Int)

  /// Attributes, or nothing.
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

/// The numbers of attributes at one level, and what each must be like.
protocol CheckedAttribute: RawRepresentable<UInt16>, CaseIterable {
  var rule: AttributeRule { get }
}

extension RawSpan {
  fileprivate var hasZero: Bool {
    for offset in 0..<byteCount where load(UInt8.self, at: offset) == 0 { return true }
    return false
  }
}

/// The attributes of one level of a message, by number: where each stands. Of several with one number
/// it is the last.
///
/// The bytes are those of the whole message, and must be the same in every call.
struct Attributes<Key: CheckedAttribute> {
  /// Where a payload stands. None begins at 0, which stands for no attribute.
  private struct Place {
    var start: UInt32 = 0
    var end: UInt32 = 0
  }

  /// By number; no level has one above 15.
  private var places = InlineArray<16, Place>(repeating: Place())

  /// Finds the attributes in a part of a message, and checks them in their order. Unknown ones are
  /// passed over; one that does not fit ends the part, as the kernel has it.
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
        places[Int(key.rawValue)] = Place(
          start: UInt32(payload.lowerBound), end: UInt32(payload.upperBound))
      }
      offset += (length + 3) & ~3
    }
  }

  @inline(__always)
  subscript(_ key: Key) -> Range<Int>? {
    let place = places[Int(key.rawValue)]
    return place.start == 0 ? nil : Int(place.start)..<Int(place.end)
  }

  func has(_ key: Key) -> Bool { self[key] != nil }

  /// The number at the beginning of an attribute; nil if there is no such attribute.
  @inline(__always)
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ key: Key, _ message: RawSpan, as: Number.Type = Number.self
  ) -> Number? {
    self[key].flatMap { message.load(Number.self, at: $0.lowerBound) }
  }

  /// The same, but EINVAL if there is no such attribute.
  @inline(__always)
  func required<Number: FixedWidthInteger & BitwiseCopyable>(
    _ key: Key, _ message: RawSpan, as: Number.Type = Number.self
  ) throws(KernelError) -> Number {
    guard let number = number(key, message, as: Number.self) else { throw .invalid }
    return number
  }

  /// The first 16 bytes of an attribute as a number (`RawSpan.leadingField()`); nil if there is no such
  /// attribute.
  func field(_ key: Key, _ message: RawSpan) -> UInt128? {
    self[key].map { message.extracting($0).leadingField() }
  }

  /// The text of an attribute up to its zero byte.
  func text(_ key: Key, _ message: RawSpan) -> [UInt8]? {
    self[key].map { message.extracting($0).text() }
  }
}
