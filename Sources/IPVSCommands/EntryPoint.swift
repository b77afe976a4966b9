// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSGrammar
internal import IPVSSystem
internal import IPVSText

/// The entry point that C's `main` calls.
///
/// - Parameters:
///   - count: The number of words; 0 where a caller names no program.
///   - words: The words, each with a zero byte at its end.
/// - Returns: The exit status.
@c(ipvsadm_run)
public func runProgram(
  _ count: Int32, _ words: UnsafePointer<UnsafePointer<CChar>?>?
) -> Int32 {
  FileDescriptor.guardStandardFiles()
  var name: ByteString?
  var arguments = Words()
  for index in 0..<Int(count) {
    guard let word = words?[index] else { break }
    if index == 0 { name = ByteString(cString: word) } else { arguments.append(cString: word) }
  }
  // An empty variable counts as absent.
  let engine = getenv("IPVSADM_ENGINE").flatMap { path in
    path.pointee == 0 ? nil : ByteString(cString: path)
  }
  return Program.run(
    name, arguments, in: ProgramEnvironment(options: GlobalOptions(engine: engine)))
}

extension Words {
  fileprivate mutating func append(cString: UnsafePointer<CChar>) {
    append(
      UnsafeRawBufferPointer(start: cString, count: strlen(cString)).bindMemory(to: UInt8.self).span
    )
  }
}
