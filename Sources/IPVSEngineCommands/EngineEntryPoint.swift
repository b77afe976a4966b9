// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem
internal import IPVSText

/// What C's `main` calls. Returns the exit status.
///
/// - Parameters:
///   - count: How many words there are; 0 where a caller names no program.
///   - words: The words, each with a zero byte at its end.
@c(ipvs_engine_run)
public func runEngine(
  _ count: Int32, _ words: UnsafePointer<UnsafePointer<CChar>?>?
) -> Int32 {
  FileDescriptor.guardStandardFiles()
  var arguments: [ByteString] = []
  for index in 1..<max(1, Int(count)) {
    guard let word = words?[index] else { break }
    arguments.append(ByteString(cString: word))
  }
  return EngineProgram.run(arguments)
}
