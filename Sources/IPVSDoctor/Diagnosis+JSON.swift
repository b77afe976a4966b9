// SPDX-License-Identifier: Apache-2.0

package import IPVSText

extension Diagnosis {
  /// The diagnosis as a JSON document on one line (ipvsadm(8), `--json`).
  ///
  /// - Parameter name: The name of the network namespace, where the line names one.
  package func json(namespace name: ByteString?) -> TextBuffer {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", 1)
      json.object("doctor") { json in
        json.field("source", head.source)
        json.field("netns", name)
        json.field("namespace", optional: head.namespace)
        json.field("kernel", head.kernel)
        json.field("services", optional: head.services)
        json.field("servers", optional: head.servers)
        json.field("connections", optional: head.connections)
      }
      json.array("findings") { json in
        for finding in findings { Self.append(finding, to: &json) }
      }
      json.array("skipped") { json in
        for skip in skips {
          json.object { json in
            json.field("code", skip.code.rawValue)
            json.field("reason", skip.reason)
          }
        }
      }
      json.field("closing", closing)
    }
    json.endLine()
    return json.text
  }

  private static func append(_ finding: Finding, to json: inout JSONWriter) {
    json.object { json in
      json.field("code", finding.code.rawValue)
      json.field("severity", finding.severity.rawValue)
      json.field("title", word: finding.code.entry.title)
      json.array("objects") { json in
        for object in finding.objects {
          json.value("\(object.word(isPlural: false)) \(object)")
        }
      }
      json.array("evidence") { json in
        for evidence in finding.evidence {
          json.object { json in
            json.field("source", evidence.source)
            json.field("value", evidence.value)
          }
        }
      }
      json.field("cause", finding.cause)
      json.array("remedy") { json in
        for remedy in finding.remedy { json.value(remedy) }
      }
    }
  }
}
