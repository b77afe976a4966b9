// SPDX-License-Identifier: Apache-2.0

package import IPVSText

extension Diagnostic {
  /// The diagnostic as a JSON document on one line (ipvsadm(8), `--json`).
  ///
  /// - Parameter status: The exit status of the run.
  package func json(_ status: ExitStatus) -> TextBuffer {
    var json = JSONWriter()
    json.object { json in
      json.object("error") { json in
        json.field("message", headline)
        json.field("status", status.rawValue)
        json.field("errno", errno)
        appendObject(to: &json)
        json.field("cause", value(of: "cause"))
        json.field("remedy", value(of: "remedy"))
        json.field("file", place?.file)
        json.field("line", optional: place?.line ?? lineOfInput)
        json.field("column", optional: place?.column)
      }
    }
    json.endLine()
    return json.text
  }

  /// The value of the detail `NAME: VALUE`.
  package func value(of name: StaticString) -> ByteString? {
    let start = Array(ByteString(stringLiteral: name).bytes) + Array(": ".utf8)
    return details.first { $0.bytes.starts(with: start) }
      .map { ByteString($0.bytes.dropFirst(start.count)) }
  }

  /// The number in `line 12: -A ...`, which is about restore input.
  private var lineOfInput: Int? {
    guard let detail = details.first(where: { $0.hasPrefix("line ") }) else { return nil }
    return Int(String(decoding: detail.bytes.dropFirst(5).prefix { $0 != 0x3a }, as: UTF8.self))
  }

  /// The service and the server that the diagnostic is about.
  private func appendObject(to json: inout JSONWriter) {
    let server = value(of: "real server")
    let parts = server.map { $0.description.split(separator: " of service ", maxSplits: 1) } ?? []
    let service = parts.count == 2 ? ByteString(String(parts[1])) : value(of: "service")
    guard server != nil || service != nil else {
      json.name("object")
      json.null()
      return
    }
    json.object("object") { json in
      if let first = parts.first { json.field("server", String(first)) }
      if let service { json.field("service", Self.inSmallLetters(service)) }
    }
  }

  /// `tcp 192.0.2.10:80` of `TCP 192.0.2.10:80`, as listings name services.
  private static func inSmallLetters(_ service: ByteString) -> String {
    let text = service.description
    let word = text.prefix { $0 != " " }
    return word.lowercased() + text.dropFirst(word.count)
  }
}
