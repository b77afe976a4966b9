// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSRules
package import IPVSText

/// The words of the command line and of listings for one value.
struct Spelling {
  /// In a listing.
  let listed: ByteString

  /// The option that asks for it.
  let option: ByteString
}

extension TransportProtocol {
  private static let spellings: [TransportProtocol: Spelling] = [
    .tcp: Spelling(listed: "TCP", option: "-t "),
    .udp: Spelling(listed: "UDP", option: "-u "),
    .sctp: Spelling(listed: "SCTP", option: "--sctp-service "),
  ]

  var spelling: Spelling {
    Self.spellings[self] ?? Spelling(listed: "?", option: "--xxx-service ")
  }
}

extension ForwardingMethod {
  /// By number. No option asks for `local` or `bypass`; `local` is saved as direct routing, which the
  /// kernel turns into local delivery again.
  private static let spellings = [
    Spelling(listed: "Masq", option: "-m"),
    Spelling(listed: "Local", option: "-g"),
    Spelling(listed: "Tunnel", option: "-i"),
    Spelling(listed: "Route", option: "-g"),
    Spelling(listed: "Bypass", option: "-g"),
  ]
  private static let unknown = Spelling(listed: "?", option: "-g")

  var spelling: Spelling {
    Self.spellings.indices.contains(Int(rawValue)) ? Self.spellings[Int(rawValue)] : Self.unknown
  }
}

extension ForwardingMethod {
  /// The word of listings: `Masq`, `Route`, ...; `?` where it has none.
  package var listed: ByteString { spelling.listed }
}

extension Tunnel.Flags {
  /// How listings show the checksum of the outer header.
  var listed: ByteString {
    switch (contains(.checksum), contains(.remoteChecksum)) {
    case (false, false): "-c"
    case (true, false): "+c"
    case (false, true): "r+c"
    case (true, true): "+c,r+c"
    }
  }
}

extension VirtualService {
  /// The names of the scheduler flags, lowest bit first, as the scheduler calls them.
  private static let flagNames: [(flag: ServiceFlags, plain: ByteString, hashing: ByteString?)] = [
    (.scheduler1, "flag-1", "fallback"),
    (.scheduler2, "flag-2", "port"),
    (.scheduler3, "flag-3", nil),
  ]

  /// The schedulers that give the flags names of their own, `sh-port` and the like.
  private static let hashingSchedulers: [ByteString] = ["sh", "mh"]

  var hasSchedulerFlags: Bool {
    !flags.isDisjoint(with: [.scheduler1, .scheduler2, .scheduler3])
  }

  /// `sh-fallback` and `sh-port`: the flags by the names that `--sched-flags` takes.
  var schedulerFlagNames: [String] {
    guard hasSchedulerFlags else { return [] }
    var text = TextBuffer()
    appendSchedulerFlags(to: &text)
    return text.bytes.split(separator: UInt8(ascii: ",")).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Appends `sh-fallback,sh-port`, the value of `--sched-flags` that sets the scheduler's flags.
  func appendSchedulerFlags(to output: inout TextBuffer) {
    let isHashing = Self.hashingSchedulers.contains(scheduler.text)
    var isFirst = true
    for name in Self.flagNames where flags.contains(name.flag) {
      if !isFirst { output.append(byte: UInt8(ascii: ",")) }
      isFirst = false
      if isHashing, let own = name.hashing {
        output.append(scheduler.text)
        output.append(byte: UInt8(ascii: "-"))
        output.append(own)
      } else {
        output.append(name.plain)
      }
    }
  }

  /// Whether the mask covers more than a single client. Only then it is printed.
  var hasWideNetmask: Bool {
    netmask != .host(of: identity.family)
  }
}

extension TextBuffer {
  /// Appends the mask as `--netmask` takes it: a dotted quad, or the length of a prefix.
  mutating func append(_ netmask: Netmask) {
    switch netmask {
    case .ipv4(let mask): append(mask)
    case .ipv6(let prefixLength): append(prefixLength)
    }
  }
}
