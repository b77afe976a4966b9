// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// Prints the table for programs that watch it (`--metrics`), to standard output or in place of a file.
///
/// All of the table is read before the first byte is written.
struct MetricsExecution {
  let session: Session

  func run(_ request: MetricsRequest) -> ExitStatus {
    var metrics: MetricsExposition
    do throws(DirectorError) {
      guard let totals = try readTotals() else { return .failure }
      metrics = MetricsExposition(
        try read(totals), request.openMetrics ? .openMetrics : .prometheus,
        hasServers: request.detail == .server, labels: labels)
    } catch {
      return Execution(session: session).fail(error, .failure)
    }
    return request.output.map { write(&metrics, to: $0) } ?? print(&metrics)
  }

  /// What tells the series of this table from those of other tables of the machine. The kernel's table in
  /// this namespace has nothing of the kind, as in node_exporter's collector.
  private var labels: [(name: StaticString, value: ByteString)] {
    if let engine = session.engine { return [("engine", engine)] }
    if let namespace = session.options.namespace { return [("netns", namespace)] }
    return []
  }

  // MARK: - Reading

  private func read(_ totals: Traffic) throws(DirectorError) -> MetricsReport {
    let state = TableState(session)
    return try session.withDirector { director throws(DirectorError) in
      MetricsReport(
        table: try director.snapshot(), totals: totals, timeouts: try director.timeouts(),
        daemons: try director.daemons(), drained: (try? state.drained()) ?? [],
        lastApply: state.lastChange, source: session.host.peer == .kernel ? "kernel" : "engine")
    }
  }

  /// Reads the totals of all traffic. The sum of the services would fall when one is deleted, as no
  /// counter may.
  ///
  /// - Returns: Nil where they cannot be read, which is told.
  private func readTotals() throws(DirectorError) -> Traffic? {
    guard session.host.peer != .kernel else {
      // Without IPVS there is no file either, and the reason is a better one.
      try session.checkAccess()
      return readTotalsOfKernel()
    }
    do throws(DirectorError) {
      return try session.withDirector { director throws(DirectorError) in try director.totals() }
    } catch .socket(.familyAbsent) {
      report(
        "cannot read the totals of an engine",
        Explanation(
          "it has no netlink family IPVS_ENGINE",
          "ask an ipvs-engine, or leave --engine and IPVSADM_ENGINE out for those of the kernel"))
      return nil
    }
  }

  private func readTotalsOfKernel() -> Traffic? {
    let path = "/proc/net/ip_vs_stats"
    do throws(SystemError) {
      let file = try FileDescriptor(reading: path)
      defer { file.close() }
      if let totals = Traffic(ofStatistics: try file.readToEnd(atMost: 4096)) { return totals }
      report(
        "unexpected input from \(path)",
        Explanation("its third line is not five hexadecimal numbers"))
    } catch {
      report(
        "cannot read file \(path)",
        Explanation(
          "\(error.description)",
          "IPVS must be in the kernel, and /proc mounted for this network namespace"))
    }
    return nil
  }

  // MARK: - Writing

  private func print(_ metrics: inout MetricsExposition) -> ExitStatus {
    var text = TextBuffer()
    while session.output.failure == nil, metrics.append(to: &text) {
      session.output.print(text)
      text.removeAll()
    }
    return .success
  }

  private func write(_ metrics: inout MetricsExposition, to name: ByteString) -> ExitStatus {
    let path = name.resolvedPath
    switch path.fileKind {
    case .none, .regular: break
    case .folder: return fail(name, Explanation("it is a folder", "name a file in it"))
    case .other:
      return fail(
        name,
        Explanation(
          "it is not a regular file, and would be replaced by one",
          "name another file, or leave --output out for standard output"))
    }
    do throws(SystemError) {
      try replace(path, by: &metrics, HeldSignals())
      return .success
    } catch {
      return fail(name, error.explanation(ofWriting: path))
    }
  }

  /// - Parameter signals: Held back meanwhile: they would leave the temporary file behind.
  private func replace(
    _ path: ByteString, by metrics: inout MetricsExposition, _ signals: borrowing HeldSignals
  ) throws(SystemError) {
    var file = try FileReplacement(of: path, mode: 0o644)
    var text = TextBuffer()
    while metrics.append(to: &text) {
      try file.write(text.bytes)
      text.removeAll()
    }
    try file.commit()
  }

  private func fail(_ name: ByteString, _ explanation: Explanation) -> ExitStatus {
    report("cannot write \(printing: name, atMost: 200)", explanation)
    return .failure
  }

  private func report(_ headline: MessageText, _ explanation: Explanation) {
    session.output.report(Diagnostic(headline, explanation, at: nil))
  }
}

extension SystemError {
  /// Why a file cannot be replaced. The cause names the folder, in which the new file is made.
  fileprivate func explanation(ofWriting path: ByteString) -> Explanation {
    let folder: MessageText = "folder \(printing: path.folder, atMost: 200)"
    let remedy: MessageText =
      switch errno {
      case ENOENT, ENOTDIR: "make the folder, or name a file in another one"
      case EACCES, EPERM: "run the command as a user that may write there, or name another folder"
      case ENOSPC, EDQUOT: "make room on its file system"
      case EROFS: "name a file on a file system that can be written"
      default: "name a file in another folder"
      }
    return Explanation(
      "\(folder): \(description)", "\(remedy); a file that was there is as before")
  }
}
