// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
package import IPVSSockets
package import IPVSSystem
internal import IPVSText

/// The rules that a director starts with: lines in the format of `ipvsadm --restore` (ipvsadm(8)).
package enum StartingRules {
  /// Runs all lines of `input`.
  ///
  /// - Parameters:
  ///   - input: the lines.
  ///   - transport: the other end of the director's socket.
  ///   - complaints: takes diagnostics, and the output of lines such as --list.
  /// - Returns: whether all lines were carried out. Otherwise some rules may be missing.
  package static func apply(
    _ input: FileDescriptor, through transport: any Transport, complaints: FileDescriptor
  ) -> Bool {
    let environment = ProgramEnvironment(
      peer: .transport(transport), input: input, output: complaints, errors: complaints)
    let session = Session(environment, program: "ipvsadm")
    let status = Execution(session: session).run(.restore(strict: false))
    return status == .success && session.output.complaints == 0
  }
}
