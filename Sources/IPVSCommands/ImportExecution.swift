// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSGrammar
internal import IPVSImporting
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Prints the rules of another program's configuration (`--import`), and on standard error what it cannot
/// carry over.
struct ImportExecution {
  /// The most bytes of a file.
  private static let mostBytes = 256 << 20

  let session: Session

  func run(_ request: ImportRequest) -> ExitStatus {
    guard let file = read(request.file) else { return .usage }
    guard let format = request.format ?? ImportFormat(guessing: file.bytes) else {
      session.output.report(
        Diagnostic(
          "cannot tell what program \(RuleInput.title(of: request.file)) is for",
          Explanation(
            "no line begins as one of keepalived, ldirectord, or ipvsctl",
            "write one of these three names before that of the file")))
      return .usage
    }
    let result = Import(file.bytes, as: format, settings(request, identity: file.identity))
    if result.severity < .fatal { session.output.print(text(of: result, request)) }
    tell(result, isVerbose: request.isVerbose)
    switch result.severity {
    case .fatal: return .usage
    case .error: return .negative
    case .warning: return request.isStrict ? .negative : .success
    case .note, .ignored: return .success
    }
  }

  // MARK: - Reading

  /// - Returns: Nil where the file cannot be read, which is told.
  private func read(_ name: ByteString) -> ConfigurationFile? {
    do throws(SystemError) {
      let isStandardInput = name == "-"
      let source =
        isStandardInput ? session.environment.input : try FileDescriptor(reading: name)
      defer { if !isStandardInput { source.close() } }
      let bytes = try source.readToEnd(atMost: Self.mostBytes + 1)
      guard bytes.count <= Self.mostBytes else { throw SystemError(errno: EFBIG) }
      return ConfigurationFile(bytes, identity: source.identity ?? "")
    } catch {
      session.output.report(
        Diagnostic(
          "cannot read \(RuleInput.title(of: name))",
          Explanation(
            "\(error.description)", "name a configuration file, or - for standard input")))
      return nil
    }
  }

  private func settings(_ request: ImportRequest, identity: ByteString) -> ImportSettings {
    let node = SystemSetting(path: "/proc/sys/kernel/hostname").value ?? ""
    var settings = ImportSettings(
      file: request.file,
      configID: request.configID ?? ByteString(node.utf8.prefix { $0 != UInt8(ascii: ".") }),
      names: session.environment.names, files: SystemFiles())
    settings.identity = identity
    settings.folder = Folder.current ?? "/"
    settings.parameters = request.parameters
    settings.resolvesHosts = request.resolvesHosts
    if request.readsEnvironment {
      settings.environment = { name in
        name.withCString { getenv($0) }.map { ByteString(cString: $0) }
      }
    }
    return settings
  }

  // MARK: - Printing

  private func text(of result: Import, _ request: ImportRequest) -> TextBuffer {
    let listing = SaveListing(isFull: true)
    var text = TextBuffer()
    if let timeouts = result.rules.timeouts { listing.append(timeouts, to: &text) }
    for listed in result.rules.services {
      let identity = listed.service.identity
      if request.isVerbose, let place = result.origins[identity] {
        let comment: MessageText = "# from \(place.wording)\n"
        text.append(contentsOf: comment.bytes)
      }
      listing.append(listed.service, by: "-A", to: &text)
      for server in listed.servers { listing.append(server, of: identity, by: "-a", to: &text) }
    }
    for daemon in result.rules.daemons ?? [] { listing.append(daemon, to: &text) }
    return text
  }

  private func tell(_ result: Import, isVerbose: Bool) {
    for note in result.notes where isVerbose || !note.isRoutine {
      session.output.report(note.diagnostic)
    }
    if result.notesLeftOut > 0 {
      session.output.report(
        Diagnostic("\(result.notesLeftOut.grouped) more messages are left out", nil))
    }
  }
}

extension ImportNote {
  /// `FILE:LINE: class: text`.
  fileprivate var diagnostic: Diagnostic {
    let text: MessageText = "\(printing: ByteString(text), atMost: 500)"
    let origin: MessageText = place.map { "\($0.wording): " } ?? ""
    let macro: MessageText = place?.macroWording ?? ""
    var diagnostic = Diagnostic("\(origin)\(severity): \(text)\(macro)", nil)
    diagnostic.place = place.map { Diagnostic.Place(file: $0.file, line: $0.line) }
    return diagnostic
  }
}

extension SourcePlace {
  fileprivate var wording: MessageText { "\(RuleInput.title(of: file)):\(line)" }

  /// Where the macro is defined, unless that is the same line.
  fileprivate var macroWording: MessageText {
    guard let macro, macro.file != file || macro.line != line else { return "" }
    return " (macro of \(RuleInput.title(of: macro.file)):\(macro.line))"
  }
}

/// The files of this machine, as far as the caller may read them.
private struct SystemFiles: ConfigurationFiles {
  func read(_ path: ByteString) throws(FileFault) -> ConfigurationFile {
    do throws(SystemError) {
      let file = try FileDescriptor(readingRegular: path)
      defer { file.close() }
      let bytes = try file.readToEnd(atMost: 256 << 20)
      return ConfigurationFile(bytes, identity: file.identity ?? "")
    } catch {
      switch error.errno {
      case ENOENT: throw .missing
      case EISDIR, EINVAL: throw .unfit
      default: throw .system(error.description)
      }
    }
  }

  func names(inFolder path: ByteString) -> [ByteString] {
    Folder.names(in: path.isEmpty ? "." : path) ?? []
  }
}
