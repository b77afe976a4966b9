internal import Glibc
internal import IPVSGrammar
internal import IPVSSystem
internal import IPVSText

/// What C's `main` calls. Returns the exit status.
///
/// - Parameters:
///   - count: How many words there are; 0 where a caller names no program.
///   - words: The words, each with a zero byte at its end.
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
  let engine = getenv("IPVSADM_ENGINE").map { ByteString(cString: $0) }
  return Program.run(
    name, arguments, in: ProgramEnvironment(engine: engine?.isEmpty == true ? nil : engine))
}

extension Words {
  fileprivate mutating func append(cString: UnsafePointer<CChar>) {
    append(
      UnsafeRawBufferPointer(start: cString, count: strlen(cString)).bindMemory(to: UInt8.self).span
    )
  }
}
