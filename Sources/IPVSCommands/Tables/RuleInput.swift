// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSGrammar
internal import IPVSNames
internal import IPVSPrograms
internal import IPVSSystem
internal import IPVSText

/// A file of rules (ipvs-rules(5)) that was read to its end.
struct RuleInput {
  /// The name as typed; `-` is standard input.
  let name: ByteString

  let file: RuleFile

  /// Why a file cannot be read.
  enum Failure: Error {
    case system(SystemError)

    /// Its size or its time is another after reading than before.
    case changed

    /// It has more bytes than `mostBytes`.
    case tooLong
  }

  /// The most bytes of a file. A table of a million servers has fewer.
  static let mostBytes = 256 << 20

  private static let chunkLength = 64 << 10

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - name: Its path, or `-`.
  ///   - environment: Where standard input and names come from.
  ///   - progress: Shows how many lines were read.
  init(
    _ name: ByteString, _ environment: ProgramEnvironment, _ progress: inout Progress
  ) throws(Failure) {
    self.name = name
    let isStandardInput = name == "-"
    let source: FileDescriptor
    do throws(SystemError) {
      source =
        isStandardInput ? environment.input : try FileDescriptor(reading: name)
    } catch {
      throw .system(error)
    }
    defer { if !isStandardInput { source.close() } }
    let before = source.version
    let title = Self.title(of: name)
    file = try Self.read(source, names: environment.names) { lines in
      progress.show("reading \(title): lines: \(lines.grouped)")
    }
    guard source.version == before else { throw .changed }
  }

  private static func read(
    _ source: FileDescriptor, names: any NameService, _ progress: (_ lines: Int) -> Void
  ) throws(Failure) -> RuleFile {
    var file = RuleFile(names: names)
    var reader = RestoreReader()
    var bytes = 0
    var lines = 0
    while true {
      let length: Int
      do throws(SystemError) {
        length = try reader.feed(atMost: chunkLength) { room throws(SystemError) in
          try source.read(into: &room)
        }
      } catch {
        throw .system(error)
      }
      if bytes < RuleFile.byteOrderMark.count { file.takeMark(of: &reader) }
      bytes += length
      guard bytes <= mostBytes else { throw .tooLong }
      if length == 0 { break }
      lines += file.take(&reader)
      progress(lines)
      if let number = reader.overlongLine {
        file.note(.overlongLine, line: number)
        file.finish()
        return file
      }
    }
    reader.finish()
    file.take(&reader)
    file.finish()
    return file
  }
}

extension RuleInput.Failure {
  /// What is said of a file that cannot be read.
  func diagnostic(of name: ByteString) -> Diagnostic {
    Diagnostic("cannot read \(RuleInput.title(of: name))", explanation)
  }

  private var explanation: Explanation {
    switch self {
    case .system(let error):
      error.errno == EISDIR
        ? Explanation("it is a folder", "name a file of rules")
        : Explanation("\(error.description)", "name a file of rules, or - for standard input")
    case .changed:
      Explanation(
        "it changed while it was read, and may have been read in part",
        "write rules to another file and rename that; then do this again")
    case .tooLong:
      Explanation(
        "it has more than \(RuleInput.mostBytes >> 20) MiB", "name a file of rules")
    }
  }
}
