// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSchedulers
internal import IPVSText

// What is said of a value that selects nothing, with what there is.

extension ValueFault {
  static func network(_ word: ByteString) -> Explanation {
    let remedy: MessageText = "write an address or a prefix, such as 10.0.0.0/8 or 2001:db8::/32"
    let parts = word.bytes.split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, let prefix = AddressPrefix(ByteString(parts[0])) {
      let width = AddressPrefix.width(of: prefix.address.family)
      return Explanation(
        "\(quoting: ByteString(parts[1])) is no length of an \(prefix.address.family) prefix: 0 to \(width)",
        remedy)
    }
    if Endpoint(word.description) != nil {
      return Explanation("\(quoting: word) has a port, and clients choose theirs", remedy)
    }
    return Explanation("\(quoting: word) is no network, and names are not looked up", remedy)
  }

  static func state(_ word: ByteString) -> Explanation {
    oneOf(ConnectionStateName.allCases.map(\.rawValue), word, "no state of a connection") {
      let protocols: [TransportProtocol] = [.tcp, .udp, .sctp]
      let states = protocols.map { transport in
        "\(transport) has \(names(ConnectionStateName.states(over: transport)))"
      }
      return "\(states.joined(separator: "; ")); templates of persistence have "
        + "\(names(ConnectionStateName.ofTemplates))"
    }
  }

  private static func names(_ states: [ConnectionStateName]) -> String {
    states.map(\.rawValue).joined(separator: " ")
  }

  /// What is said of a word that is none of several, and whether it is nearly one of them.
  ///
  /// - Parameters:
  ///   - words: The words there are.
  ///   - typed: The word on the line.
  ///   - wording: What it is not.
  ///   - all: The remedy where it is near none of them.
  static func oneOf(
    _ words: [String], _ typed: ByteString, _ wording: MessageText,
    _ all: (() -> MessageText)? = nil
  ) -> Explanation {
    let cause: MessageText = "\(quoting: typed) is \(wording)"
    let bare = typed.lowercased.description
    let longer = words.filter { $0.lowercased().hasPrefix(bare) }
    let near =
      longer.count == 1 && !bare.isEmpty
      ? longer : NearMiss.nearest(to: bare, among: words, atMost: 1) { $0.lowercased() }
    if near.count == 1, let word = near.first { return Explanation(cause, "did you mean \(word)?") }
    return Explanation(cause, all?() ?? "write \(words.listed(with: "or"))")
  }
}

extension ListingFilter {
  /// What is wrong with the schedulers that are asked for, where one of them is neither one that Linux has
  /// nor one of the table.
  func unknownScheduler(in services: [ListedService]) -> Diagnostic? {
    let present = Set(services.map(\.service.scheduler))
    guard
      let unknown = schedulers.first(where: {
        !present.contains($0) && SchedulerName(rawValue: $0.description) == nil
      })
    else { return nil }
    let known = Set(SchedulerName.allCases.map(\.rawValue)).union(present.map(\.description))
    return Diagnostic(
      "illegal scheduler specified",
      ValueFault.oneOf(known.sorted(), unknown.text, "no scheduler of Linux or of a service"))
  }
}
