internal import IPVSGrammar
public import IPVSSockets
internal import IPVSText

/// The rules that a director begins with: lines as `ipvsadm --restore` takes them (ipvsadm(8)).
public enum StartingRules {
  /// Runs all lines of `input`. False: something was complained of, and it need not be all of a table
  /// that is there.
  ///
  /// - Parameters:
  ///   - wire: The other end of the director's socket.
  ///   - complaints: Where complaints go, and what a line lists.
  public static func apply(
    _ input: FileDescriptor, through transport: any Transport, complaints: FileDescriptor
  ) -> Bool {
    let environment = ProgramEnvironment(
      peer: .transport(transport), input: input, output: complaints, errors: complaints)
    let session = Session(environment, program: "ipvsadm")
    let status = Execution(session: session).run(.restore)
    return status == .success && session.output.complaints == 0
  }
}
