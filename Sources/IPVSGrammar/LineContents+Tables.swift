// SPDX-License-Identifier: Apache-2.0

import IPVSRules
import IPVSText

/// Commands about whole tables, and about servers wherever they are.
extension LineContents {
  func tableCommand(_ words: Words) throws(GrammarError) -> Command {
    let files = files.map { words.text($0.range) }
    guard files.count >= command.files.lowerBound else { throw .words(.missingFile(command)) }
    return switch command {
    case .diff: .diff(file: files[files.count - 1], from: files.count > 1 ? files[0] : nil)
    case .apply:
      .apply(
        file: files[0], keeping, allowEmpty: given.contains(.allowEmpty), tableChangeOptions)
    case .undo: .undo(tableChangeOptions)
    case .drain: .drain(try drainRequest())
    case .undrain: .undrain(try undrainRequest())
    default: .check(files: files)
    }
  }

  private var keeping: Plan.Keeping {
    var keeping: Plan.Keeping = []
    if given.contains(.keepWeights) { keeping.insert(.weights) }
    if given.contains(.keepOthers) { keeping.insert(.otherServices) }
    return keeping
  }

  private var lockWait: UInt32 {
    given.contains(.lockWait) ? self[number: .lockWait] : TableChangeOptions.defaultLockWait
  }

  private var tableChangeOptions: TableChangeOptions {
    var options = TableChangeOptions()
    options.isDry = given.contains(.dryRun)
    options.confirmation = given.contains(.confirm) ? self[number: .confirm] : nil
    options.lockWait = lockWait
    return options
  }

  private func drainRequest() throws(GrammarError) -> DrainRequest {
    var request = DrainRequest(try serverSelection())
    request.patience = given.contains(.wait) ? self[number: .wait] : nil
    request.allConnections = given.contains(.allConnections)
    request.deletes = given.contains(.deleteWhenEmpty)
    request.force = given.contains(.force)
    request.lockWait = lockWait
    return request
  }

  private func undrainRequest() throws(GrammarError) -> UndrainRequest {
    var request = UndrainRequest(
      try serverSelection(), weight: given.contains(.weight) ? Weight(self[number: .weight]) : nil)
    request.lockWait = lockWait
    return request
  }

  func importRequest(_ words: Words) throws(GrammarError) -> ImportRequest {
    guard let imported else { throw .words(.missingFile(command)) }
    let word = words.text(imported.range)
    let format = ImportFormat(rawValue: word.description)
    var file = word
    if let typed = files.first {
      guard format != nil else {
        throw .values(.choice(Word(word, at: imported.position), .importFormat))
      }
      file = words.text(typed.range)
    } else if format != nil {
      throw .words(.missingFile(command))
    }
    var request = ImportRequest(file, as: format)
    request.isVerbose = given.contains(.verbose)
    request.isStrict = given.contains(.strict)
    request.resolvesHosts = given.contains(.resolve)
    request.readsEnvironment = given.contains(.environment)
    request.configID = configID.map { words.text($0.range) }
    for parameter in parameters {
      let text = words.text(parameter.range)
      guard let equals = text.bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
        throw .values(.parameter(Word(text, at: parameter.position)))
      }
      request.parameters[ByteString(text.bytes[..<equals])] =
        ByteString(text.bytes[(equals + 1)...])
    }
    return request
  }

  func metricsRequest(_ words: Words) -> MetricsRequest {
    let file = output.map { words.text($0.range) }
    return MetricsRequest(
      metricsDetail, openMetrics: given.contains(.openMetrics), output: file == "-" ? nil : file)
  }

  /// Checks that options of directors and of real servers are not on one line.
  func checkDoctorOptions() throws(GrammarError) {
    let isServer = given.contains(.realServer)
    let foreign = given.intersection(isServer ? .ofExaminedDirector : .ofExaminedServer)
    guard let option = foreign.first else { return }
    throw .options(
      isServer ? .exclusive(option, with: .realServer, for: .doctor) : .aboutRealServer(option))
  }

  func doctorRequest(_ words: Words) throws(GrammarError) -> DoctorRequest {
    var request = DoctorRequest()
    request.isQuick = given.contains(.quick)
    request.isStrict = given.contains(.strict)
    request.probes = given.contains(.probe)
    try checkDoctorOptions()
    guard given.contains(.realServer) else {
      request.service = service
      request.rules = rules.map { words.text($0.range) }
      return request
    }
    var server = RealServerRequest()
    server.virtualAddresses = virtualAddresses
    server.port = given.contains(.serverPort) ? UInt16(self[number: .serverPort]) : nil
    server.tunnel = given.contains(.serverTunnel) ? tunnelKind : nil
    server.director = directorAddress
    request.realServer = server
    return request
  }

  /// The servers at the address on the line, of its service or of all.
  func serverSelection() throws(GrammarError) -> ServerSelection {
    guard let server else { throw .options(.missing(.realServer, for: command)) }
    return server.selection(in: service)
  }
}

extension OptionNames {
  /// The options that describe a director to `--doctor`.
  fileprivate static var ofExaminedDirector: OptionNames {
    OptionNames([.serviceAddress, .forRules])
  }

  /// The options that describe a real server to `--doctor`.
  fileprivate static var ofExaminedServer: OptionNames {
    OptionNames([.virtualAddress, .serverPort, .serverTunnel, .directorAddress])
  }
}
