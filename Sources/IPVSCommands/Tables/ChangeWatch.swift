// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// What a change by a person at a terminal does beside what the line says.
struct ChangeWatch {
  private let session: Session

  /// The settings that the line does not name and that the change gives their defaults.
  private let reset: [FieldChange]

  /// Looks at the table before the change; nil where there is nothing to be told after it.
  init?(_ change: Change, _ session: Session, _ words: Words?) {
    guard session.isTyped, let words else { return nil }
    self.session = session
    let line = TypedLine(words)
    let table = SessionTable(session: session)
    switch change {
    case .flush:
      TableState(session).keepForUndo(session, before: "ipvsadm -C")
      return nil
    case .editServer(let server, of: let identity):
      guard
        let present = table.servers(of: identity)?.first(where: { $0.endpoint == server.endpoint })
      else { return nil }
      reset = server.keeping(present, unlessNamedIn: line).fields(to: server)
    case .editService(let service):
      guard let present = table.services()?.first(where: { $0.identity == service.identity })
      else { return nil }
      reset = service.keeping(present, unlessNamedIn: line).fields(to: service)
    default: return nil
    }
    guard !reset.isEmpty else { return nil }
  }

  /// Tells what went back to its default.
  func tell() {
    let fields = reset.map { "\($0.name) \($0.old) -> \($0.new)" as MessageText }.joined()
    session.output.tell(
      "back to defaults, as the line does not name them: \(fields); --keep-rest keeps them\n")
  }
}

extension TableState {
  /// Keeps the table for `--undo` before a command that a person typed; a failure is a warning.
  func keepForUndo(_ session: Session, before command: String) {
    guard case .success(let picture) = session.picture() else { return }
    do throws(SystemError) {
      try keep(picture, before: command)
    } catch {
      session.output.tell(
        "warning: --undo will not know this table: \(keptPath): \(error.description)\n")
    }
  }
}
