internal import Glibc
internal import IPVSCommands
internal import IPVSText

Descriptor.guardStandardFiles()

// Words need not be UTF-8, which `CommandLine.arguments` would make of them.
let words = (0..<Int(CommandLine.argc)).compactMap { index in
  CommandLine.unsafeArgv[index].map { word in
    ByteString(UnsafeRawBufferPointer(start: word, count: strlen(word)))
  }
}

let engine = getenv("IPVSADM_ENGINE").map { path in
  ByteString(UnsafeRawBufferPointer(start: path, count: strlen(path)))
}

exit(Program.run(words, in: ProgramEnvironment(engine: engine)))
