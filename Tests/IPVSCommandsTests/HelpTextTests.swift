import IPVSText
import Testing

@testable import IPVSCommands
@testable import IPVSGrammar

@Suite struct HelpTextTests {
  private let help = ByteString(HelpText.help.bytes).description

  /// The words of the help text that begin with `-`.
  private var options: Set<String> {
    Set(
      help.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init)
        .filter { $0.hasPrefix("-") && $0.count > 1 })
  }

  @Test("every option is there, and no other")
  func complete() {
    var known: Set<String> = ["--tun-CHECKSUM", "-p60"]
    for spelling in OptionTable.spellings {
      known.insert("--\(spelling.long)")
      #expect(options.contains("--\(spelling.long)"))
      if let short = spelling.short {
        known.insert("-\(Unicode.Scalar(short))")
        #expect(options.contains("-\(Unicode.Scalar(short))"))
      }
    }
    #expect(options.subtracting(known) == [])
  }

  /// The paragraph that begins with a long option.
  private func paragraph(_ option: String) -> String {
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    guard
      let start = lines.firstIndex(where: {
        $0.hasPrefix("  ") && $0.contains(" \(option) ") && !$0.hasPrefix("  ipvsadm")
      })
    else { return "" }
    let rest = lines[(start + 1)...].prefix { $0.hasPrefix("             ") }
    return ([lines[start]] + rest).joined(separator: " ")
      .split(separator: " ").joined(separator: " ")
  }

  @Test("ranges are those that are read")
  func ranges() {
    for spelling in OptionTable.spellings {
      guard case .option(let name) = spelling.meaning, let range = name.range else { continue }
      #expect(
        paragraph("--\(spelling.long)").contains("\(range.lowerBound) to \(range.upperBound)"),
        "\(spelling.long)")
    }
  }

  @Test(
    "defaults are those that are taken",
    arguments: [
      ("--persistent", "default 360"), ("--scheduler", "default wlc"), ("--weight", "default 1"),
      ("--syncid", "default 0"), ("--mcast-interface", "default eth0"),
      ("--netmask", "default 255.255.255.255"), ("--netmask", "default 128"),
      ("--tun-type", "default ipip"), ("--gatewaying", "default"),
    ])
  func defaults(option: String, text: String) {
    #expect(paragraph(option).contains("(\(text)"))
  }

  @Test("the version is that of the program that this one stands for")
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

  @Test("the ancestor's help names its whole language")
  func ancestor() {
    let text = ByteString(HelpText.ancestorHelp.bytes).description
    for letter in "ADCLhtuRrw" { #expect(text.contains("-\(letter)")) }
  }
}
