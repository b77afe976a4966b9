// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSText

/// `ipvsadm-save` (ipvsadm-save(8)): the table as restore input.
struct SaveWrapper {
  let session: Session

  func run(_ arguments: Words) -> ExitStatus {
    var numeric = false
    for word in arguments.copies {
      guard word == "-n" else {
        session.output.report(
          Diagnostic(
            """
            ipvsadm-save: Script to save the IPVS table to stdout.
               With the -n option, prints out the table in numeric format.
            """,
            [
              ByteString("cause: this program has no option \(word)"),
              "remedy: ipvsadm-save [-n] > FILE",
            ]))
        return .failure
      }
      numeric = true
    }
    return Execution(session: session).run(.save(SaveRequest(numeric: numeric)))
  }
}
