// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSSchedulers
internal import IPVSText

/// What `-h` and `-v` print.
enum HelpText {
  /// The paragraphs of commands and options are those of `OptionTable`.
  static var help: TextBuffer {
    var bytes: [UInt8] = []
    bytes.append(addingCapacity: longest) { output in
      output.withUnsafeMutableBufferPointer { memory, count in
        var text = PieceWriter(memory)
        appendHelp(to: &text)
        count = text.count
      }
    }
    return TextBuffer(bytes)
  }

  private static func appendHelp(to text: inout PieceWriter) {
    text.append(versionStart)
    text.append(ProgramVersion.number)
    text.append(versionEnd)
    text.append(usageLines)
    var last: UInt8?
    for index in OptionTable.table.indices {
      let section = OptionTable.table[index].section
      if section.rawValue != last {
        text.append(title(of: section))
        last = section.rawValue
      }
      text.append(OptionTable.table[index].help)
      if OptionTable.table[index].listsSchedulers {
        text.append(" ")
        text.append(SchedulerName.listing)
        text.append(schedulersEnd)
      }
      text.endLine()
    }
    text.append(exitStatusLines)
  }

  /// An upper bound for the bytes of the text.
  private static let longest = 16 << 10

  static var version: TextBuffer {
    var text = TextBuffer(lines: versionStart)
    text.append(ProgramVersion.number)
    text.append(versionEnd)
    return text
  }

  static var ancestorHelp: TextBuffer { TextBuffer(lines: ancestorLines) }

  private static func title(of section: OptionRow.Section) -> StaticString {
    switch section {
    case .commands:
      "\nCommands (one, before all options but those that may be anywhere):\n"
    case .service:
      "\nSERVICE, one of:\n"
    case .services:
      """
      HOST is a name or an address: 10.0.0.1, [fd00::1]. PORT is a number from 0 to
      65535 or the name of a service.

      Options of a service (-A, -E):

      """
    case .servers: "\nOptions of a real server (-a, -e):\n"
    case .listings: "\nOptions of a listing (-L):\n"
    case .daemons: "\nOptions of daemons (--start-daemon):\n"
    case .tables: "\nOptions of changes of the whole table (--apply, --undo, -S, -R):\n"
    case .draining: "\nOptions of --drain:\n"
    case .metrics: "\nOptions of --metrics:\n"
    case .importing: "\nOptions of --import:\n"
    case .explaining: "\nOptions of --explain:\n"
    case .doctor: "\nOptions of --doctor:\n"
    case .anywhere: "\nAnywhere:\n"
    }
  }

  private static let versionStart: StaticString = "ipvsadm v1.31 ("

  private static let versionEnd: StaticString = """
     in Swift; speaks the language of ipvsadm 1.31)

    """

  private static let usageLines: StaticString = """
    Administers the virtual services of Linux Virtual Server.

    Usage:
      ipvsadm -A|-E SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M MASK] [--pe ENGINE]
                            [-b FLAGS] [-o] [--keep-rest]
      ipvsadm -D SERVICE
      ipvsadm -a|-e SERVICE -r HOST[:PORT] [-g|-m|-i] [-w WEIGHT] [-x MAX] [-y MIN]
                            [--tun-type KIND] [--tun-port PORT] [--tun-CHECKSUM]
                            [--keep-rest]
      ipvsadm -d SERVICE -r HOST[:PORT]
      ipvsadm -L|-l [SERVICE...] [options]
      ipvsadm -Z [SERVICE]
      ipvsadm -C
      ipvsadm -S [-n] [--full]
      ipvsadm -R [--strict]
      ipvsadm --check FILE...
      ipvsadm --diff FILE [FILE]
      ipvsadm --apply FILE [options]
      ipvsadm --undo [options]
      ipvsadm --drain [SERVICE] -r HOST[:PORT] [options]
      ipvsadm --undrain [SERVICE] -r HOST[:PORT] [-w WEIGHT]
      ipvsadm --metrics[=service|server] [--openmetrics] [--output FILE]
      ipvsadm --monitor[=SECONDS]
      ipvsadm --import [keepalived|ldirectord|ipvsctl] FILE [options]
      ipvsadm --explain PROTOCOL CLIENT[:PORT] ADDRESS[:PORT] [--mark NUMBER]
                        [--rules FILE]
      ipvsadm --explain - [--mark NUMBER] [--rules FILE]
      ipvsadm --doctor [SERVICE] [--quick] [--strict] [--probe] [--for FILE]
      ipvsadm --doctor --real-server [--vip ADDRESS]... [--port PORT]
                       [--tunnel KIND] [--director ADDRESS]
      ipvsadm --set TCP TCPFIN UDP
      ipvsadm --start-daemon master|backup [options]
      ipvsadm --stop-daemon master|backup [--syncid ID]
      ipvsadm --completion bash|zsh|fish
      ipvsadm -h | -v
    Without any word, the table is listed. A FILE holds what -S prints; - means
    standard input.

    """

  /// What follows the names of the schedulers.
  private static let schedulersEnd: StaticString = """
    , or another that the kernel
                               has (default wlc)
    """

  private static let exitStatusLines: StaticString = """

    Exit status: 0; 1 if a listing or output fails, tables differ, a server is not
    empty, no server takes a packet, --doctor finds an error, or an import leaves
    something out; 2 if a line or a file is wrong or there is no IPVS; 3 if a table is
    not as before; 4 if another change is under way; 255 if the kernel refuses a
    change or an option is unknown. -R ends with the status of its last line.

    """

  private static let ancestorLines: StaticString = """
    ippfvsadm, the language of 1998, by ipvsadm v1.31 (in Swift)

    Usage:
      ippfvsadm -A -t|-u ADDRESS:PORT -R ADDRESS:PORT [-w WEIGHT]
      ippfvsadm -D -t|-u ADDRESS:PORT [-R ADDRESS:PORT]
      ippfvsadm -C
      ippfvsadm -L
      ippfvsadm -h

    Commands:
      -A  add a real server, and its virtual service where that is missing
      -D  delete a real server, and its service with the last one; without -R the
          service with all its servers
      -C  delete all services
      -L  list services and their real servers
      -h  print this text; so does a line without a command, or with an unknown letter

    Options:
      -t  the address and port of a virtual TCP service, in numbers
      -u  the same of a virtual UDP service
      -R  the address and port of a real server, in numbers; -r means the same
      -w  the share of connections that a real server gets, 0 to 2147483647
          (default 1)

    Services that it adds are scheduled by wrr, weighted round robin; real servers
    are reached by address translation (masquerading).

    """
}

/// Copies pieces of text, one behind the other, into memory of known size. To append to an array checks
/// its storage for each piece, which takes a tenth of all that a run with `-h` does.
private struct PieceWriter {
  private let memory: UnsafeMutableBufferPointer<UInt8>

  /// How many bytes are written.
  private(set) var count = 0

  init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
    self.memory = memory
  }

  @inline(__always)
  mutating func append(_ piece: StaticString) {
    let length = piece.utf8CodeUnitCount
    precondition(length < memory.count - count)
    memory.baseAddress.map { ($0 + count).update(from: piece.utf8Start, count: length) }
    count += length
  }

  @inline(__always)
  mutating func endLine() {
    memory[count] = UInt8(ascii: "\n")
    count += 1
  }
}

extension TextBuffer {
  fileprivate init(lines: StaticString) {
    self.init(capacity: lines.utf8CodeUnitCount)
    append(lines)
  }

  fileprivate mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }
}
