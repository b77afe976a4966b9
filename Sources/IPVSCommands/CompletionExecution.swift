// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSchedulers
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// What a shell asks for the completion of a line (`--completion`): its script, and while a line is typed, the
/// words that may come next.
///
/// The scripts hold no words: each question is answered from `OptionTable` and the table of the director.
struct CompletionExecution {
  let session: Session

  /// The most services whose servers are read: a person waits.
  private static let mostServices = 256

  /// How long the director is waited for, in milliseconds.
  private static let patience: UInt32 = 500

  /// Prints the script of a shell, or where there is a line, its words.
  func answer(_ shell: Shell, _ line: [ByteString]) -> ExitStatus {
    if line.isEmpty {
      var text = TextBuffer()
      text.append("\(shell.script)")
      session.output.print(text)
    } else {
      printWords(for: line)
    }
    return .success
  }

  /// Prints what may stand in place of the last word: a line that says `words` or `files`, and for words a
  /// line for each, perhaps with a tab and what it means. Prints no errors: a shell would show them in the
  /// line that is being typed.
  ///
  /// - Parameter line: The words of the line, the name of the program first.
  private func printWords(for line: [ByteString]) {
    var text = TextBuffer()
    let candidates = candidates(for: line)
    text.append(candidates == nil ? "files\n" : "words\n")
    for candidate in candidates ?? [] {
      text.append(candidate.word)
      if !candidate.meaning.isEmpty {
        text.append("\t")
        text.append(candidate.meaning)
      }
      text.append("\n")
    }
    session.output.print(text)
  }

  /// A word that may come next, and what it means.
  fileprivate struct Candidate {
    let word: ByteString
    let meaning: String

    init(_ word: ByteString, _ meaning: String = "") {
      self.word = word
      self.meaning = meaning
    }

    init(_ word: String, _ meaning: String = "") {
      self.init(ByteString(word), meaning)
    }
  }

  /// - Returns: Nil where the name of a file may come next.
  private func candidates(for line: [ByteString]) -> [Candidate]? {
    let words = Array(line.dropFirst())
    let typed = words.last ?? ""
    switch line.first?.fileName {
    case "ipvsadm-save": return [Candidate("-n", "numbers instead of names")].starting(with: typed)
    case "ipvsadm-restore":
      return [Candidate("--strict", "the first line that fails counts")].starting(with: typed)
    case "ippfvsadm":
      return AncestorOption.allCases.map { Candidate("-\($0.letter)") }.starting(with: typed)
    default: break
    }
    let completion = LineCompletion(words, globals: session.options)
    session.options = completion.globals
    if let namespace = completion.globals.namespace, session.enter(namespace) != nil { return [] }
    switch completion.expected {
    case .file: return nil
    case .packet(0, _):
      return ["tcp", "udp", "sctp", "-"].map { Candidate($0) }.starting(with: completion.typed)
    case .packet(2, let transport?):
      return addresses(of: transport).starting(with: completion.typed)
    case .packet: return []
    case .options(let rows):
      return rows.flatMap { row in
        row.words.map { Candidate($0, row.meaningInShort) }
      }.starting(with: completion.typed)
    case .value(let row):
      return values(of: row, completion)?.starting(with: completion.typed).map {
        Candidate(ByteString(completion.prefix.bytes + $0.word.bytes), $0.meaning)
      }
    }
  }

  /// - Returns: Nil where the value is the name of a file.
  private func values(of row: OptionRow, _ line: LineCompletion) -> [Candidate]? {
    switch row.meaning {
    case .global(.namespace): NetworkNamespace.names.map { Candidate($0) }
    case .global(.engine): nil
    case .service(let transport): addresses(of: transport)
    case .mark: marks()
    case .option(.realServer): servers(of: line.service)
    case .option(.output), .option(.rules), .option(.forRules): nil
    // The format may be left out.
    case .command(.importRules) where !Self.isBeginningOfFormat(line.typed): nil
    case .option(.multicastInterface): (session.host.interfaces() ?? []).map { Candidate($0) }
    case .option(.schedulerFlags):
      SchedulerFlagList.words(of: line.scheduler).map { Candidate("\($0)") }
    case .option(.state):
      // Letters of either case are taken: these are those that are typed.
      ConnectionStateName.allCases.map(\.rawValue).map {
        Candidate(line.typed == line.typed.lowercased ? $0.lowercased() : $0)
      }
    default: Self.knownValues(of: row.meaning).map { Candidate($0) }
    }
  }

  private static func isBeginningOfFormat(_ typed: ByteString) -> Bool {
    ImportFormat.allCases.contains { $0.rawValue.utf8.starts(with: typed.bytes) }
  }

  /// The values that are the same on each machine.
  private static func knownValues(of meaning: OptionRow.Meaning) -> [String] {
    switch meaning {
    case .command(.startDaemon), .command(.stopDaemon):
      [SyncDaemon.Role.master, .backup].map(\.wording)
    case .command(.metrics): ValueFault.Choice.metricsDetail.words
    case .command(.completion): ValueFault.Choice.shell.words
    case .command(.importRules): ValueFault.Choice.importFormat.words
    case .global(.color): ValueFault.Choice.color.words
    case .option(.sortBy): ValueFault.Choice.order.words
    case .option(.countBy): ValueFault.Choice.countKey.words
    case .option(.scheduler): SchedulerName.allCases.map(\.rawValue)
    case .option(.tunnelKind), .option(.serverTunnel):
      Tunnel.Kind.words.indices.map { "\(Tunnel.Kind.words[$0].word)" }
    case .option(.persistenceEngine): ["sip"]
    default: []
    }
  }
}

// What the table has.
extension CompletionExecution {
  /// The director; nil where there is none. A kernel's module is not loaded for a question.
  private func director() -> Director? {
    let peer = session.engine.map { NetlinkPeer.engine(path: $0.bytes) } ?? session.environment.peer
    return try? Director(peer, patience: Self.patience, loadingModule: false)
  }

  fileprivate func addresses(of transport: TransportProtocol) -> [Candidate] {
    services().compactMap { service in
      guard case .endpoint(transport, let endpoint) = service.identity else { return nil }
      return Candidate("\(endpoint)", "\(service.scheduler)")
    }
  }

  fileprivate func marks() -> [Candidate] {
    services().compactMap { service in
      guard case .mark(let mark, let family) = service.identity else { return nil }
      return Candidate("\(mark)", "\(service.scheduler)\(family == .ipv6 ? ", IPv6" : "")")
    }
  }

  private func services() -> [VirtualService] {
    guard var director = director(), let services = try? director.services() else { return [] }
    return services.map(\.service).sorted { $0.identity < $1.identity }
  }

  /// The servers of a service, or of all where the line names none that is there.
  fileprivate func servers(of identity: ServiceIdentity?) -> [Candidate] {
    guard var director = director(), let services = try? director.services() else { return [] }
    let identities = services.map(\.service.identity).sorted()
    let chosen = identity.map { [$0] } ?? Array(identities.prefix(Self.mostServices))
    var candidates: [Candidate] = []
    for identity in chosen {
      for listed in (try? director.servers(of: identity)) ?? [] {
        let server = listed.server
        candidates.append(
          Candidate("\(server.endpoint)", "weight \(server.weight) in \(identity)"))
      }
    }
    var seen = Set<ByteString>()
    return candidates.filter { seen.insert($0.word).inserted }
  }
}

extension [CompletionExecution.Candidate] {
  fileprivate func starting(with typed: ByteString) -> [Element] {
    filter { $0.word.bytes.starts(with: typed.bytes) }
  }
}
