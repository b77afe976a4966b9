// SPDX-License-Identifier: Apache-2.0

public import IPVSText

extension OptionName {
  private var rows: [OptionRow] { OptionTable.rows.filter { $0.meaning.option == self } }

  /// The word in messages.
  public var word: StaticString {
    switch self {
    case .serviceAddress: "service-address"
    case .forwardingMethod: "forwarding-method"
    default: rows.first?.long ?? ""
    }
  }

  /// The numbers that the option takes; nil where its value is no number.
  public var range: ClosedRange<Int>? {
    switch rows.first?.value {
    case .number(let least, let most), .optionalNumber(let least, let most),
      .joinedNumber(let least, let most):
      least...most
    case .text, .joinedText, .some(.none), nil: nil
    }
  }

  /// The options as they are typed: `-s (--scheduler)`, or several that exclude each other.
  public var typed: String {
    let rows = rows
    return rows.map { rows.count == 1 ? $0.typed : $0.shortest }.listed(with: "or")
  }

  /// The commands that take the option.
  public var commands: [CommandName] {
    CommandName.allCases.filter { command in
      rows.contains {
        $0.required.union($0.optional).union($0.exclusive).union($0.selecting).contains(command)
      }
    }
  }

  /// The long option nearest to an unknown one, if any is near.
  public static func suggestion(for word: ByteString) -> String? {
    NearestOption.to(word, among: OptionTable.rows.map(\.long))
  }
}

extension [String] {
  /// `a`, `a and b`, or `a, b, and c`.
  public func listed(with conjunction: String) -> String {
    switch count {
    case 0: ""
    case 1: self[0]
    case 2: "\(self[0]) \(conjunction) \(self[1])"
    default: dropLast().joined(separator: ", ") + ", \(conjunction) \(self[count - 1])"
    }
  }
}
