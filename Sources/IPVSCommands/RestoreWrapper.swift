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

  func run() -> ExitStatus {
    // The original is a script that calls `ipvsadm`; hints name that.
    var restoration = Restoration(session: session, program: "ipvsadm")
    var input: HeldInput
    do throws(SystemError) {
      input = try HeldInput(reading: session.environment.input)
    } catch {
      return restoration.report(of: error)
    }
    let cleared = Execution(session: session).run(.change(.flush))
    return cleared == .success ? restoration.run(from: &input) : cleared
  }
}
