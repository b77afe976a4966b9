// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
public import IPVSGrammar
internal import IPVSPrograms
internal import IPVSSystem
public import IPVSText

/// The programs `ipvsadm`, `ipvsadm-save`, `ipvsadm-restore`, and `ippfvsadm`: one file, which chooses
/// by the name that it is called by.
public enum Program {
  /// Runs a command line.
  ///
  /// - Parameters:
  ///   - name: The name of the program, as typed; nil where a caller gives none.
  ///   - arguments: The words behind it.
  ///   - environment: What the program depends on.
  /// - Returns: The exit status.
  public static func run(
    _ name: ByteString?, _ arguments: Words,
    in environment: ProgramEnvironment = ProgramEnvironment()
  ) -> Int32 {
    let session = Session(environment, program: name ?? "ipvsadm")
    let status = dispatch(arguments, session)
    defer { session.output.finish(session.output.failure == nil ? status : .failure) }
    guard let failure = session.output.failure else { return status.rawValue }
    session.output.report(
      Diagnostic(
        "cannot write standard output",
        [
          ByteString("cause: \(failure.description)"),
          "remedy: what was printed is not complete; print it to another place",
        ]))
    return ExitStatus.failure.rawValue
  }

  private static func dispatch(_ arguments: Words, _ session: Session) -> ExitStatus {
    switch session.program.fileName {
    case "ippfvsadm": runAncestor(arguments, session)
    case "ipvsadm-save": SaveWrapper(session: session).run(arguments)
    case "ipvsadm-restore": RestoreWrapper(session: session).run(arguments)
    default: runCommand(arguments, session)
    }
  }

  private static func runCommand(_ arguments: Words, _ session: Session) -> ExitStatus {
    if let name = CommandParser.namespace(in: arguments), let fault = session.enter(name) {
      session.output.report(fault)
      return .usage
    }
    let command: Command
    do throws(GrammarError) {
      command = try CommandParser.parse(
        arguments, names: session.environment.names, options: &session.options)
      session.output.isJSON = session.options.json
    } catch {
      session.output.isJSON = session.options.json
      return fail(error, arguments, session)
    }
    return Execution(session: session, words: arguments).run(command)
  }

  private static func runAncestor(_ arguments: Words, _ session: Session) -> ExitStatus {
    do throws(GrammarError) {
      return AncestorExecution(session: session).run(
        try AncestorParser.parse([session.program] + arguments.copies))
    } catch {
      session.output.report(error.diagnostic(of: arguments, programName: session.program))
      return ExitStatus(rawValue: error.exitStatus)
    }
  }

  /// The original looks for IPVS before it reads a word, so that without one no other fault is
  /// reported. Of the commands that it does not have, some need no IPVS.
  private static func fail(
    _ error: GrammarError, _ words: Words, _ session: Session
  ) -> ExitStatus {
    if TypedLine(words).command?.meaning.needsNoTable != true {
      do throws(DirectorError) {
        try session.checkAccess()
      } catch {
        return Execution(session: session).fail(error, .usage)
      }
    }
    session.output.report(error.diagnostic(of: words, programName: session.program))
    return ExitStatus(rawValue: error.exitStatus)
  }
}

extension KnownOption.Meaning {
  fileprivate var needsNoTable: Bool {
    if case .command(let name) = self { name.needsNoTable } else { false }
  }
}

extension ByteString {
  /// What follows the last slash of a path.
  var fileName: ByteString {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return ByteString(bytes[(slash + 1)...])
  }
}
