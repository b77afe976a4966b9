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
        json.array("details") { json in
          for detail in others { json.value(detail) }
        }
        json.field("file", place?.file)
        json.field("line", optional: place?.line ?? lineOfInput)
        json.field("column", optional: place?.column)
      }
    }
    json.endLine()
    return json.text
  }

  /// The details that have no field of their own.
  private var others: [ByteString] {
    details.filter { !$0.hasPrefix("cause: ") && !$0.hasPrefix("remedy: ") }
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

  private func appendObject(to json: inout JSONWriter) {
    json.name("object")
    guard server != nil || service != nil else { return json.null() }
    json.object { json in
      if let server { json.field("server", server) }
      if let service { json.field("service", service) }
    }
  }
}
