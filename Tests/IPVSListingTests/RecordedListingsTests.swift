// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSListing
import IPVSNames
import IPVSRules
import IPVSText
import TestSupport
import Testing

/// Every recorded listing of a table that was made by recorded commands, byte for byte.
@Suite struct RecordedListingsTests {
  /// The listings that differ from those of ipvsadm 1.31, and why.
  static let mended: [String: String] = [
    "fwmark-max": "firewall marks are unsigned",
    "rt-fwmark-neg": "firewall marks are unsigned",
    "sort-fwmarks-big": "firewall marks are unsigned, and so is their order",
    "sh-flag3": "flag-3 has a name under sh",
    "sh-flag123": "flag-3 has a name under sh",
    "names-v6-long": "names that are too long to be restored are saved as numbers",
    "rt-v6-longname": "names that are too long to be restored are saved as numbers",
    "addr-inetaton-trailing": "text after a blank is refused",
    "mask6-before-svc": "a mask before its service is kept",
    "mask6-fwmark-before-6": "a mask before -6 is kept",
    "sort-services": "the order is unsigned",
    "sort-dests": "the order is unsigned",
    "sort-dests-overflow": "the order is unsigned",
    "sort-services-overflow": "the order is unsigned",
    "sort-v6-dests": "the order is unsigned",
    "sort-mixed-af-dests": "the order is unsigned, IPv4 first",
    "rt-masq-zero-dport": "a real server before its service gets the port of that",
    "rt-tun": "the order is by family, IPv4 first",
  ]

  /// Whether what a case lists follows from its commands.
  private func isModelled(_ recording: CommandRecordings.Case) -> Bool {
    let tags: Set = ["sort", "sched", "roundtrip", "crash"]
    return recording.tags.allSatisfy(tags.contains)
  }

  @Test("listings are printed as recorded")
  func listings() throws {
    let recordings = try CommandRecordings.load()
    let names = recordings.environment.names
    var compared = 0
    var differing: Set<String> = []
    for recording in recordings.cases where isModelled(recording) {
      var model = TableModel()
      for step in recording.steps {
        guard let command = command(of: step, names) else { continue }
        switch command {
        case .change(let change):
          if step.exit == 0 { model.apply(change) }
        case .restore:
          if step.argv[0].hasSuffix("-restore") { model.apply(.flush) }
          restore(step.stdin ?? "", names, into: &model)
        case .list, .save:
          guard step.exit == 0, let text = listing(command, of: model, names) else { continue }
          compared += 1
          guard text != step.stdout else { continue }
          differing.insert(recording.name)
          #expect(
            Self.mended[recording.name] != nil,
            "\(recording.name): \(step.words)\n\(text)---\n\(step.stdout)")
        default: break
        }
      }
    }
    #expect(compared > 350)
    #expect(differing == Set(Self.mended.keys), "the exceptions are those and no others")
  }

  /// What a step asks for; nil if it is refused.
  private func command(of step: CommandRecordings.Step, _ names: FileNames) -> Command? {
    if step.argv[0].hasSuffix("-restore") { return .restore(strict: false) }
    if step.argv[0].hasSuffix("-save") {
      return .save(SaveRequest(numeric: step.argv.contains("-n")))
    }
    return try? CommandParser.parse(step.argv.map { ByteString($0) }, names: names).command
  }

  private func restore(_ text: String, _ names: FileNames, into model: inout TableModel) {
    var reader = RestoreReader()
    reader.feed(Array(text.utf8))
    reader.finish()
    while let line = reader.next() {
      guard let command = try? CommandParser.parse(line, names: names) else { return }
      if case .change(let change) = command { model.apply(change) }
    }
  }

  /// The text of a listing; nil where it depends on more than the table.
  private func listing(_ command: Command, of model: TableModel, _ names: FileNames) -> String? {
    var text = TextBuffer()
    switch command {
    case .save(let request):
      SaveListing(names: request.numeric ? nil : names).append(model.snapshot.services, to: &text)
    case .list(let request):
      // 1.31 refuses what selects.
      guard request.filter.isEmpty else { return nil }
      func renderer(_ view: TableView) -> TextRenderer {
        TextRenderer(
          view: view, names: request.numeric ? nil : names, exact: request.exact,
          sorted: request.sorted)
      }
      switch request.subject {
      case .table(let view):
        guard request.sorted || model.snapshot.services.count < 2 else { return nil }
        renderer(view).append(.table(model.snapshot), to: &text)
      case .service(let identity, let view):
        guard let service = model.service(identity) else { return nil }
        renderer(view).append(.service(service), to: &text)
      case .timeouts:
        TextRenderer().append(.timeouts(model.timeouts), to: &text)
      case .connections(let persistence):
        TextRenderer(persistence: persistence).appendConnectionTitles(to: &text)
      case .daemons, .hosts, .counts: return nil
      }
    default: return nil
    }
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
