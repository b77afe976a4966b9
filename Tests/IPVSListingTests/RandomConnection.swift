// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import TestSupport

/// A connection, as the kernel prints it and as ipvsadm does, both in the plainest way.
struct RandomConnection {
  let transport: String
  let endpoints: [Endpoint]
  let state: String
  let seconds: Int

  init(using random: inout Seed) {
    transport = ["TCP", "UDP", "SCTP", "IP"].randomElement(using: &random) ?? "TCP"
    state = ["NONE", "ESTABLISHED", "S", "SHUTDOWN_ACK_SENT"].randomElement(using: &random) ?? "S"
    seconds = .random(in: 0...(Bool.random(using: &random) ? 900 : 2_678_400), using: &random)
    let isFour = Bool.random(using: &random)
    endpoints = (0..<3).map { _ in
      let length = UInt32.random(in: 0..<16, using: &random)
      let port = UInt16.random(in: .min ... .max, using: &random) >> length
      let four = IPv4Address(.random(in: .min ... .max, using: &random))
      let six = IPv6Address(.random(in: .min ... .max, using: &random))
      return Endpoint(isFour ? .v4(four) : .v6(six), port: port)
    }
  }

  /// As the kernel does (ip_vs_conn_seq_show).
  var kernelRow: String {
    let words = endpoints.map { endpoint in
      let port = Self.padded(String(endpoint.port, radix: 16, uppercase: true), 4)
      switch endpoint.address {
      case .v4(let address):
        return Self.padded(String(address.bits, radix: 16, uppercase: true), 8) + " " + port
      case .v6(let address):
        let groups = (0..<8).map { index in
          Self.padded(String(address.bits >> (112 - 16 * index) & 0xffff, radix: 16), 4)
        }
        return groups.joined(separator: ":") + " " + port
      }
    }
    let time = String(seconds)
    return Self.column(transport, 3) + " " + words.joined(separator: " ") + " "
      + Self.column(state, 11) + " " + String(repeating: " ", count: 7 - time.count) + time + "\n"
  }

  /// As ipvsadm does.
  var listedRow: String {
    let minutes = String(seconds / 60)
    let rest = String(seconds % 60)
    let time = Self.padded(minutes, 2) + ":" + Self.padded(rest, 2)
    let ends = endpoints.map(\.description)
    return Self.column(transport, 3) + " " + Self.column(time, 6) + " " + Self.column(state, 11)
      + " " + Self.column(ends[0], 18) + " " + Self.column(ends[1], 18) + " " + ends[2] + "\n"
  }

  private static func padded(_ digits: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
