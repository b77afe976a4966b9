// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses

/// Counters of /proc/net/netstat and /proc/net/stat, by their names.
package enum CounterFile {
  /// The counters of /proc/net/netstat: pairs of lines, of which the first names the columns.
  ///
  /// - Returns: The counters by names such as `TcpExt.IPReversePathFilter`. Lines that do not fit each
  ///   other are left out.
  package static func counters(ofNetstat text: String) -> [String: UInt64] {
    var counters: [String: UInt64] = [:]
    var titles: [Substring] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first, first.hasSuffix(":") else { continue }
      if titles.first == first, titles.count == words.count {
        for (title, word) in zip(titles, words).dropFirst() {
          // Some of them are signed.
          counters["\(first.dropLast()).\(title)"] = UInt64(word)
        }
        titles = []
      } else {
        titles = words
      }
    }
    return counters
  }

  /// The sums over all processors of a file of /proc/net/stat: a line of titles, and a line of hexadecimal
  /// numbers for each processor.
  ///
  /// - Returns: The sums by their titles. Lines with another number of words are left out.
  package static func sums(ofProcessors text: String) -> [String: UInt64] {
    let lines = text.split(separator: "\n")
    guard let titles = lines.first?.split(separator: " ") else { return [:] }
    var sums: [String: UInt64] = [:]
    for line in lines.dropFirst() {
      let words = line.split(separator: " ")
      guard words.count == titles.count else { continue }
      for (title, word) in zip(titles, words) {
        guard let number = UInt64(word, radix: 16) else { continue }
        sums[String(title), default: 0] &+= number
      }
    }
    return sums
  }
}

/// A socket that waits for packets (/proc/net/tcp and its like).
package struct ListeningSocket: Hashable, Sendable {
  /// TCP or UDP.
  package var transport: TransportProtocol

  /// The address and port that it is bound to.
  package var endpoint: Endpoint

  /// Makes a socket of its parts.
  package init(_ transport: TransportProtocol, _ endpoint: Endpoint) {
    self.transport = transport
    self.endpoint = endpoint
  }

  /// The sockets in the text of /proc/net/tcp, tcp6, udp, or udp6 that listen, or of UDP, that wait.
  ///
  /// Addresses are hexadecimal words of 32 bits in the machine's byte order.
  package static func all(in text: String, over transport: TransportProtocol) -> [ListeningSocket] {
    let waiting = transport == .tcp ? "0A" : "07"
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let words = line.split(separator: " ", maxSplits: 4)
      guard words.count > 3, words[3] == waiting else { return nil }
      let parts = words[1].split(separator: ":")
      guard parts.count == 2, let port = UInt16(parts[1], radix: 16),
        let address = address(parts[0])
      else { return nil }
      return ListeningSocket(transport, Endpoint(address, port: port))
    }
  }

  private static func address(_ digits: Substring) -> IPAddress? {
    func word(_ digits: Substring) -> UInt32? {
      UInt32(digits, radix: 16).map { UInt32(bigEndian: $0) }
    }
    switch digits.utf8.count {
    case 8: return word(digits).map { .v4(IPv4Address($0)) }
    case 32:
      var bits: UInt128 = 0
      var rest = digits
      while !rest.isEmpty {
        guard let part = word(rest.prefix(8)) else { return nil }
        bits = bits << 32 | UInt128(part)
        rest = rest.dropFirst(8)
      }
      return .v6(IPv6Address(bits))
    default: return nil
    }
  }
}

/// Whether a module of the kernel can be used.
package enum ModuleState: Hashable, Sendable {
  /// It is loaded, or built into the kernel.
  case present

  /// It is on the disk, and not loaded.
  case loadable

  /// It is not there.
  case absent

  /// There are no files of this kernel's modules, as in a container.
  case unknown
}

/// The kernel's modules: those that are loaded, built in, and on the disk.
package struct ModuleList: Hashable, Sendable {
  /// The names of those in /proc/modules and /sys/module.
  package var loaded: Set<String>

  /// The names of those that are built in; nil where the list is missing.
  package var builtIn: Set<String>?

  /// The names of those on the disk; nil where the list is missing.
  package var installed: Set<String>?

  /// Whether there are modules of other kernels than the one that runs.
  package var hasOtherKernels: Bool

  /// Makes a list of its parts.
  package init(
    loaded: Set<String> = [], builtIn: Set<String>? = nil, installed: Set<String>? = nil,
    hasOtherKernels: Bool = false
  ) {
    self.loaded = loaded
    self.builtIn = builtIn
    self.installed = installed
    self.hasOtherKernels = hasOtherKernels
  }

  /// Whether a module can be used.
  package func state(of name: String) -> ModuleState {
    if loaded.contains(name) || builtIn?.contains(name) == true { return .present }
    guard let installed else { return .unknown }
    return installed.contains(name) ? .loadable : .absent
  }

  /// The names of modules in the text of modules.dep or modules.builtin: a path a line, of modules.dep with
  /// a colon and others behind it. In names `-` means `_`.
  package static func names(in text: String) -> Set<String> {
    var names = Set<String>()
    for line in text.split(separator: "\n") {
      let path = line.prefix { $0 != ":" }
      guard let file = path.split(separator: "/").last, let end = file.range(ofName: ".ko") else {
        continue
      }
      names.insert(String(file[..<end].map { $0 == "-" ? "_" : $0 }))
    }
    return names
  }
}

extension Substring {
  /// Where a suffix such as `.ko` or `.ko.xz` begins.
  fileprivate func range(ofName mark: String) -> Index? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(mark) { return index }
      index = self.index(after: index)
    }
    return nil
  }
}

/// A process of this host.
package struct HostProcess: Hashable, Sendable {
  /// Its number.
  package var number: Int

  /// The name of its program, cut to 15 bytes (/proc/PID/comm).
  package var name: String

  /// The words of its command line.
  package var words: [String]

  /// Makes a process of its parts.
  package init(number: Int, name: String, words: [String] = []) {
    self.number = number
    self.name = name
    self.words = words
  }
}
