// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// `ipvsadm-restore` (ipvsadm-restore(8)): replaces the table by the rules on standard input.
///
/// All input is read before the table is cleared: it may come from a program that reads the table.
struct RestoreWrapper {
  let session: Session

  func run(_ arguments: Words) -> ExitStatus {
    let options = arguments.copies
    if let unknown = options.first(where: { $0 != "--strict" }) {
      return refuse(unknown)
    }
    if session.environment.input.isTerminal {
      session.output.tell(
        "reading rules from the terminal, which replace the table at their end (^D); ^C leaves it\n"
      )
    }
    // The original is a script that calls `ipvsadm`; hints name that.
    var restoration = Restoration(
      session: session, program: "ipvsadm", isStrict: !options.isEmpty)
    var input: HeldInput
    do throws(SystemError) {
      input = try HeldInput(reading: session.environment.input)
    } catch {
      return restoration.report(of: error)
    }
    if session.isTyped { TableState(session).keepForUndo(session, before: "ipvsadm-restore") }
    let cleared = Execution(session: session).run(.change(.flush))
    return cleared == .success ? restoration.run(from: &input) : cleared
  }

  private func refuse(_ word: ByteString) -> ExitStatus {
    session.output.report(
      Diagnostic(
        "ipvsadm-restore: unexpected argument \(printing: word, atMost: 60)",
        Explanation(
          word.hasPrefix("-")
            ? "\(quoting: word) is not an option of this program; nothing was changed"
            : "it reads standard input, and takes no name of a file; nothing was changed",
          "ipvsadm-restore [--strict] < FILE")))
    return .usage
  }
}
