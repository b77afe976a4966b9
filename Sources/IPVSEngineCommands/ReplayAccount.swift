// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSForwarding
internal import IPVSText

/// What a replay did with the packets of a capture, in lines: a number, and what it counts.
struct ReplayAccount {
  private struct Line {
    let count: UInt64
    let meaning: StaticString

    /// A part of the line before it.
    var isPart = true

    /// It is printed even if there are none.
    var isAlways = false
  }

  private let lines: [Line]

  init(_ replay: borrowing Replay, connections: UInt64) {
    let (counters, frames) = (replay.counters, replay.frames)
    let drops = DropReason.allCases.map { reason in
      Line(count: counters.dropped(reason), meaning: reason.wording)
    }
    lines =
      [
        Line(count: frames.all, meaning: "frames in the capture", isPart: false, isAlways: true),
        Line(count: frames.others, meaning: "without an IP packet"),
        Line(count: replay.cutOff, meaning: "of which the capture holds a part only"),
        Line(count: counters.packets, meaning: "packets", isPart: false, isAlways: true),
        Line(count: counters.toServers, meaning: "sent to real servers", isAlways: true),
        Line(count: counters.toClients, meaning: "sent back to clients", isAlways: true),
        Line(count: counters.passed, meaning: "let through", isAlways: true),
        Line(count: counters.refused, meaning: "refused by an ICMP error"),
        Line(count: counters.fragments, meaning: "pieces of others"),
        Line(count: counters.unreadable, meaning: "broken"),
        Line(count: counters.lost, meaning: "too long for a tunnel"),
      ] + drops
      + [Line(count: connections, meaning: "connections", isPart: false, isAlways: true)]
  }

  var text: TextBuffer {
    var text = TextBuffer()
    for line in lines where line.isAlways || line.count > 0 {
      text.right(12, line.count)
      text.append(line.isPart ? "    " : "  ")
      text.append("\(line.meaning)\n")
    }
    return text
  }
}

extension DropReason {
  var wording: StaticString {
    switch self {
    case .truncated: "dropped: without a whole transport header"
    case .serverGone: "dropped: the server of the connection is deleted"
    case .tableFull: "dropped: no room for another connection (conn_max)"
    case .defence: "dropped: to shed load (drop_packet)"
    case .noServer: "dropped: no server for the connection of an ICMP error"
    case .persistenceEngine: "dropped: nothing for the persistence engine to go by"
    case .checksum: "dropped: a wrong checksum"
    case .noRoute: "dropped: no way to the server"
    case .malformed: "dropped: an ICMP error that cannot be read"
    case .noted: "dropped: how long packets in a tunnel may be, which their sender need not know"
    }
  }
}
