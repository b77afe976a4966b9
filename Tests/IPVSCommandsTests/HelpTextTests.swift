// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSSchedulers
import IPVSText
import Testing

@testable import IPVSCommands
@testable import IPVSGrammar

@Suite struct HelpTextTests {
  private let help = ByteString(HelpText.help.bytes).description

  /// The words of a text that begin with `-`.
  private func options(_ text: String) -> Set<String> {
    Set(
      text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init)
        .filter { $0.hasPrefix("-") && $0.count > 1 })
  }

  @Test("every option is in the text, and no other")
  func complete() {
    var known: Set<String> = ["--tun-CHECKSUM", "-p60"]
    for row in OptionTable.rows {
      known.insert("--\(row.long)")
      known.formUnion(row.letters.map { "-\($0)" })
    }
    #expect(options(help) == known)
  }

  @Test("the paragraph of each row begins with its letters, its name, and its value")
  func paragraphs() {
    for row in OptionTable.rows {
      let text = "\(row.help)"
      let letters = row.letters.map { "-\($0)" }
      let name = letters.isEmpty ? "  " : letters.joined(separator: ", ")
      if case .joinedNumber = row.value {
        #expect(text.hasPrefix("  \(name)  --\(row.long)[=SECONDS] "), "\(row.long)")
        continue
      }
      #expect(text.hasPrefix("  \(name)  --\(row.long) "), "\(row.long)")
      let placeholder = text.dropFirst("  \(name)  --\(row.long) ".count).prefix { $0 != " " }
      switch row.value {
      case .none, .joinedText: #expect(placeholder.isEmpty, "\(row.long)")
      case .text where row.section == .commands: #expect(placeholder.isEmpty, "\(row.long)")
      case .text, .number:
        #expect(placeholder.first?.isUppercase == true, "\(row.long)")
      case .optionalNumber: #expect(placeholder.first == "[", "\(row.long)")
      case .joinedNumber: break
      }
      #expect(help.contains("\n\(printed(row))\n"), "\(row.long)")
    }
  }

  @Test("ranges are those that the parser takes")
  func ranges() {
    for row in OptionTable.rows {
      guard case .option(let name) = row.meaning, let range = name.range else { continue }
      #expect(
        paragraph(name).contains("\(range.lowerBound) to \(range.upperBound)"), "\(row.long)")
    }
  }

  /// The paragraph of a row as it is printed.
  private func printed(_ row: OptionRow) -> String {
    guard row.listsSchedulers, let start = help.range(of: "\(row.help)")?.lowerBound else {
      return "\(row.help)"
    }
    let rest = help[start...]
    return String(rest[..<(rest.dropFirst().range(of: "\n  -")?.lowerBound ?? rest.endIndex)])
  }

  /// The paragraph of an option, in one line.
  private func paragraph(_ option: OptionName) -> String {
    let texts = OptionTable.rows.filter { $0.meaning.option == option }.map(printed)
    return texts.joined(separator: " ").split { " \n".contains($0) }.joined(separator: " ")
  }

  @Test(
    "defaults are those that are taken",
    arguments: [
      (OptionName.persistent, "default 360"), (.scheduler, "default wlc"),
      (.weight, "default 1"), (.syncID, "default 0"), (.multicastInterface, "default eth0"),
      (.netmask, "default 255.255.255.255"), (.netmask, "default 128"),
      (.tunnelKind, "default ipip"), (.forwardingMethod, "direct routing (default"),
    ])
  func defaults(option: OptionName, text: String) {
    #expect(paragraph(option).contains(text))
  }

  @Test("every scheduler is there, in the order of the catalogue")
  func schedulers() {
    let names = SchedulerName.allCases.map(\.rawValue).joined(separator: ", ")
    #expect(paragraph(.scheduler).contains("-s --scheduler NAME \(names), or another"))
  }

  @Test("the version line begins with that of ipvsadm 1.31")
  func version() {
    let version = ByteString(HelpText.version.bytes).description
    #expect(version.hasPrefix("ipvsadm v1.31 "))
    #expect(version.filter { $0 == "\n" }.count == 1)
    #expect(help.hasPrefix(version))
  }

  @Test("no line is wider than a terminal")
  func width() {
    let texts = [HelpText.help, HelpText.ancestorHelp].map { ByteString($0.bytes).description }
    for line in texts.joined().split(separator: "\n") { #expect(line.count <= 82, "\(line)") }
  }

  @Test("the help of ippfvsadm names all of its options")
  func ancestor() {
    let text = ByteString(HelpText.ancestorHelp.bytes).description
    for letter in "ADCLhtuRrw" { #expect(text.contains("-\(letter)")) }
  }
}
