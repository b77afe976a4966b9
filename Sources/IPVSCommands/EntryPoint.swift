internal import Glibc
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
  Descriptor.guardStandardFiles()
  let words = UnsafeBufferPointer(start: words, count: Int(count)).compactMap {
    $0.map { ByteString(cString: $0) }
  }
  let engine = getenv("IPVSADM_ENGINE").map { ByteString(cString: $0) }
  return Program.run(
    words, in: ProgramEnvironment(engine: engine?.isEmpty == true ? nil : engine))
}

extension ByteString {
  fileprivate init(cString: UnsafePointer<CChar>) {
    self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
  }
}
