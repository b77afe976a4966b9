internal import IPVSBalancing
internal import IPVSNetlinkFormat

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
