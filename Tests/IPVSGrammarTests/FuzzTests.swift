// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import TestSupport
import Testing

@testable import IPVSCommands

@Suite struct FuzzTests {
  static let fragments: [String] = [
    "-A", "-a", "-E", "-e", "-d", "-D", "-L", "-C", "-S", "-Z", "-R", "-t", "-u", "-f", "-r", "-6",
    "-M", "-p", "-s", "-b", "-w", "-x", "-y", "-i", "-m", "-g", "-n", "-c", "--set", "--", "-",
    "--start-daemon", "master", "--tun-type", "gue", "--tun-port", "--stats", "--engine", "=",
    "10.0.0.1:80", "[fd00::1]:80", "fd00::1", "[", "]", ":", ",", "#", "rr", "sh-port", "0", "-1",
    "4294967296", "99999999999999999999999", "64", "", " ", "211.xx.163.xx",
    "vip.example.test:http",
  ]

  private func line(_ random: inout Seed) -> [ByteString] {
    (0..<Int.random(in: 0...9, using: &random)).map { _ in
      switch Int.random(in: 0...9, using: &random) {
      case 0:
        let count = Int.random(in: 0...12, using: &random)
        return ByteString((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      case 1:
        return ByteString(
          "\(Self.fragments.randomElement(using: &random) ?? "")\(Self.fragments.randomElement(using: &random) ?? "")"
        )
      default: return ByteString(Self.fragments.randomElement(using: &random) ?? "")
      }
    }
  }

  @Test("random words neither crash nor mean two things")
  func words() {
    var random = Seed(for: "random words")
    for _ in 0..<Seed.cases(usually: 5000) {
      let words = ["ipvsadm"] + line(&random)
      #expect(outcome(words) == outcome(words))
    }
  }

  @Test("random bytes as restore input neither crash nor depend on the pieces they come in")
  func bytes() {
    var random = Seed(for: "random restore input")
    for _ in 0..<Seed.cases(usually: 100) {
      var input: [UInt8] = []
      for _ in 0..<40 {
        for word in line(&random) { input += word.bytes + [0x20] }
        input.append(UInt8.random(in: 0...32, using: &random))
      }
      let whole = restoreLines(input).map(outcome)
      #expect(whole == restoreLines(input, piecesOf: 13).map(outcome))
    }
  }

  private func outcome(_ words: [ByteString]) -> String {
    do throws(GrammarError) {
      return "\(try CommandParser.parse(words, names: TableOfNames()))"
    } catch {
      return check(error, text(of: error, in: Words(words.dropFirst()), words[0]))
    }
  }

  private func outcome(_ line: RestoreLine) -> String {
    do throws(GrammarError) {
      return "\(try CommandParser.parse(line, names: TableOfNames()))"
    } catch {
      return check(error, text(of: error, in: line.words, "ipvsadm", line: line))
    }
  }

  /// Every message has a first line and at least one that explains, and ends where a line ends.
  private func check(_ error: GrammarError, _ message: ByteString) -> String {
    #expect([2, 255].contains(error.exitStatus))
    #expect(message.bytes.last == UInt8(ascii: "\n"))
    #expect(
      message.bytes.split(separator: UInt8(ascii: "\n")).last?.starts(with: "  ".utf8) == true)
    return message.description
  }
}
