// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSPrograms
import IPVSText
import Testing

@testable import IPVSCommands

/// Causes name the word that is at fault, which is often not the one at which the parser stopped.
@Suite struct WordAtFaultTests {
  typealias Row = (line: String, cause: String, remedy: String)

  static let rows: [Row] = [
    (
      "add-service -t 10.0.0.1:80",
      "`add-service' is not a command: commands begin with a dash",
      "did you mean -A (--add-service)?"
    ),
    (
      "list",
      "`list' is not a command: commands begin with a dash",
      "did you mean -L (--list)?"
    ),
    (
      "A -t 10.0.0.1:80",
      "`A' is not a command: commands begin with a dash",
      "did you mean -A (--add-service)?"
    ),
    (
      "add -t 10.0.0.1:80",
      "`add' is not a command: commands begin with a dash",
      "did you mean -A (a service) or -a (a real server)?"
    ),
    (
      "lst",
      "`lst' is not a command: commands begin with a dash",
      "did you mean -L (--list)?"
    ),
    (
      "10.0.0.1:80",
      "`10.0.0.1:80' is not a command: commands begin with a dash",
      "write a command first, and the address after its option, as in -L -t 10.0.0.1:80"
    ),
    (
      "-t 10.0.0.1:80",
      "the line begins with the option -t (--tcp-service) instead of a command",
      "did you forget -A (add the service), -E (edit it), -D (delete it), or -L (list it)?"
    ),
    (
      "-t 10.0.0.1:80 -r 10.0.0.2",
      "the line begins with the option -t (--tcp-service) instead of a command",
      "did you forget -a (add the real server), -e (edit it), or -d (delete it)?"
    ),
    (
      "-t 10.0.0.1:80 -A -s rr",
      "the line begins with the option -t (--tcp-service); the command -A "
        + "(--add-service) comes after it",
      "write -A first"
    ),
    (
      "-w 5",
      "the line begins with the option -w (--weight) instead of a command",
      "did you forget -a or -e?"
    ),
    (
      "-c",
      "the line begins with the option -c (--connection) instead of a command",
      "did you forget -L?"
    ),
    (
      "-t",
      "the line begins with the option `-t', which has no value, instead of a command",
      "write a command first, such as -A, -a, -L, or -S, and the options after it"
    ),
    (
      "--engine /run/e -f 5",
      "the line begins with the option -f (--fwmark-service) instead of a command",
      "did you forget -A (add the service), -E (edit it), -D (delete it), or -L (list it)?"
    ),
    (
      "\u{feff}-A -t 10.0.0.1:80",
      "the line begins with U+FEFF (an invisible byte order mark)",
      "save the file as UTF-8 without a byte order mark"
    ),
    (
      "\u{2013}A -t 10.0.0.1:80",
      "`\u{2013}A' begins with U+2013 (an en dash)",
      "write -A"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 \u{2013}m",
      "`\u{2013}m' begins with U+2013 (an en dash)",
      "write -m"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 \u{2014}weight 5",
      "`\u{2014}weight' begins with U+2014 (an em dash)",
      "write --weight"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 \u{2212}w 5",
      "`\u{2212}w' begins with U+2212 (a minus sign)",
      "write -w"
    ),
    (
      "-A -t 10.0.0.1:80 \u{2010}s rr",
      "`\u{2010}s' begins with U+2010 (a typographic hyphen)",
      "write -s"
    ),
    (
      "-A -t \u{201c}10.0.0.1:80\u{201d}",
      "`\u{201c}10.0.0.1:80\u{201d}' begins with U+201C (a typographic quotation mark)",
      "write 10.0.0.1:80"
    ),
    (
      "-A -t 10.0.0.1:80\u{a0}-s",
      "`10.0.0.1:80\u{a0}-s' holds U+00A0 (a no-break space)",
      "write 10.0.0.1:80 -s"
    ),
    (
      "-A -t \"10.0.0.1:80\"",
      "the quotation marks of `\"10.0.0.1:80\"' are part of the word: no shell reads it",
      "leave them out: 10.0.0.1:80"
    ),
    (
      "-A -t $VIP:80",
      "`$VIP:80' is a variable that was not replaced by its value",
      "write its value; restore input is not read by a shell"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 (null) -w 100",
      "old versions of ipvsadm-save and ldirectord print `(null)' for a forwarding "
        + "method that they do not know",
      "write the server's own in its place: -m (masquerading), -g (direct routing), or "
        + "-i (tunnel); leaving it out would make it -g"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 -w (null)",
      "`(null)' was printed by a program that had no text for it",
      "write the value that belongs there"
    ),
    (
      "-A -t 10.0.0.1:80 -S wlc",
      "the line has the command -A (--add-service) already, and -S (--save) is another",
      "did you mean -s wlc (--scheduler)?"
    ),
    (
      "-A -T 10.0.0.1:80",
      "there is no option `-T'",
      "did you mean -t (--tcp-service)? Capitals count"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2 -M -w 5",
      "`-w' is read as the value of -M",
      "did you mean -m (--masquerading)? Capitals count"
    ),
    (
      "-add-service -t 10.0.0.1:80",
      "`-add-service' is read as single letters: long names begin with two dashes",
      "write --add-service"
    ),
    (
      "-A -t 10.0.0.1/32:80",
      "in `10.0.0.1/32:80' /32 is a mask, and one address is wanted here",
      "leave the mask out: 10.0.0.1:80"
    ),
    (
      "-A -t 10.0.0.1:80/32",
      "in `10.0.0.1:80/32' /32 is a mask, and one address is wanted here",
      "leave the mask out: 10.0.0.1:80"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.0/24",
      "in `10.0.0.0/24' /24 is a mask, and one address is wanted here",
      "write one address without a mask; to balance a whole network, mark its packets "
        + "in the firewall and use -f"
    ),
    (
      "-A -t [2001:db8::1]/64:80",
      "in `[2001:db8::1]/64:80' /64 is a mask, and one address is wanted here",
      "write one address without a mask; to balance a whole network, mark its packets "
        + "in the firewall and use -f"
    ),
    (
      "-A -t 10.0.0.1:80/tcp",
      "in `10.0.0.1:80/tcp' /tcp is no part of the port: the option says which protocol",
      "write 10.0.0.1:80, with -t for TCP, -u for UDP, or --sctp-service for SCTP"
    ),
    (
      "-A -t http://10.0.0.1/",
      "`http://10.0.0.1/' is a URL",
      "write host:port alone, such as 10.0.0.1:80"
    ),
    (
      "-A -t 10.0.0.1:8000-8010",
      "`8000-8010' is a range of ports, and IPVS has one port for each service and server",
      "write a line for each port, or mark the packets in the firewall and use -f with the mark"
    ),
    (
      "-A -t 10.0.0.1:80,443",
      "`80,443' is a list of ports, and IPVS has one port for each service and server",
      "write a line for each port, or mark the packets in the firewall and use -f with the mark"
    ),
    (
      "-A -t 10.0.0.1:80:90",
      "`10.0.0.1:80:90' is a range of ports, and IPVS has one port for each service and server",
      "write a line for each port, or mark the packets in the firewall and use -f with the mark"
    ),
    (
      "-A -t 10.0.0.1:*",
      "the port `*' is no number; 0 is every port, which takes persistence",
      "write :0 and add -p"
    ),
    (
      "-A -6 -t [2001:db8::1]:80",
      "-6 belongs to a firewall mark (-f): an address says by itself that it is of IPv6",
      "leave -6 out"
    ),
    (
      "-A -t [2001:db8::1]:80 -6",
      "-6 belongs to a firewall mark (-f): an address says by itself that it is of IPv6",
      "leave -6 out"
    ),
    (
      "-L -6",
      "-6 belongs to a firewall mark (-f), and the line names none",
      "leave -6 out: -L lists the services of IPv4 and IPv6"
    ),
    (
      "-L -4",
      "there is no option `-4': an address says by itself that it is of IPv4",
      "leave it out"
    ),
    (
      "--set 900 120 300 10",
      "--set takes three numbers, and `10' is the fourth",
      "write --set TCP TCPFIN UDP, in seconds; 0 keeps the present value"
    ),
    (
      "-A 10.0.0.1:80",
      "`10.0.0.1:80' belongs to no option",
      "did you mean -t 10.0.0.1:80? For UDP it is -u"
    ),
    (
      "-a -t 10.0.0.1:80 10.0.0.2",
      "`10.0.0.2' belongs to no option",
      "did you mean -r 10.0.0.2?"
    ),
    (
      "-A -t 10.0.0.1:80 rr",
      "`rr' belongs to no option",
      "did you mean -s rr?"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2 5",
      "`5' belongs to no option",
      "did you mean -w 5?"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2 masq",
      "`masq' belongs to no option; forwarding methods are options themselves",
      "did you mean -m (--masquerading)?"
    ),
    (
      "-A -f 10.0.0.1:80",
      "`10.0.0.1:80' is no whole decimal number",
      "did you mean -t 10.0.0.1:80? For UDP it is -u"
    ),
    (
      "-A -t 10.0.0.1:80 -p 5m",
      "`5m' is no whole number of seconds",
      "write 300"
    ),
    (
      "-A -t -s rr",
      "`-s' is read as the value of -t",
      "write the value of -t before -s"
    ),
    (
      "-a -t 10.0.0.1:80 -r 10.0.0.2 -m -i",
      "`-i' is one too many: a line takes -g, -m, or -i once",
      "choose one: -m is masquerading, -g direct routing, -i a tunnel"
    ),
    (
      "-R rules",
      "-R (--restore) takes no name of a file: it reads lines from standard input",
      "did you mean 'ipvsadm -R < rules'? ipvsadm-restore reads standard input, too"
    ),
    (
      "-R a;b",
      "-R (--restore) takes no name of a file: it reads lines from standard input",
      "did you mean 'ipvsadm -R < FILE'? ipvsadm-restore reads standard input, too"
    ),
    (
      "-S rules",
      "-S (--save) takes no name of a file: it writes lines to standard output",
      "did you mean 'ipvsadm -S > rules'?"
    ),
    (
      "-L > rules",
      "`>' is of a shell's language, and no shell reads it here",
      "leave it and what belongs to it out: a line holds one command of ipvsadm"
    ),
  ]

  /// Relatives of the lines above, and a part of what they get.
  static let relatives: [(line: String, part: String)] = [
    ("-Rrules", "did you mean 'ipvsadm -R < rules'?"),
    ("--restore=rules", "did you mean 'ipvsadm -R < rules'?"),
    ("--save=rules", "did you mean 'ipvsadm -S > rules'?"),
    ("-A -t 10.0.0.1,10.0.0.2:80", "is a list of addresses"),
    ("-A -t 10.0.0.1-10.0.0.9:80", "is a range of addresses"),
    ("-A -t 10.0.0.1:http,https", "`http,https' is a list of ports"),
    ("-a -t 10.0.0.1:80 -r 10.0.0.2:90-99", "`90-99' is a range of ports"),
    ("-a -t 10.0.0.1:80 -r 10.0.0.2 (nil) -w 1", "-m (masquerading), -g (direct routing)"),
    ("-a -t 10.0.0.1:80 -r 10.0.0.2 NULL -w 1", "-m (masquerading), -g (direct routing)"),
    ("--set 900,120,300", "joined by commas"),
    ("-A -t 10.0.0.1:80\u{2013}90", "holds U+2013 (an en dash)"),
    ("-A -t 10\u{ff0e}0.0.1:80", "write 10.0.0.1:80"),
    ("\u{2014}-add-service -t 10.0.0.1:80", "write --add-service"),
    ("-s wlc -A -t 10.0.0.1:80", "write -A first"),
    ("--add_service -t 10.0.0.1:80", "did you mean --add-service?"),
    ("-L -N", "did you mean -n (--numeric)?"),
    ("-A -t 10.0.0.1:80 -P 300", "did you mean -p (--persistent)?"),
    ("-A -u 10.0.0.1:80 rr", "did you mean -s rr?"),
    ("-D 2001:db8::1", "did you mean -t 2001:db8::1?"),
    ("-A -t https://web.example.test/", "is a URL"),
  ]

  @Test("relatives are told apart, too", arguments: relatives)
  func relative(_ row: (line: String, part: String)) throws {
    let details = try details(of: row.line)
    #expect(details.contains { $0.contains(row.part) }, "\(details)")
  }

  /// The lines below the headline.
  private func details(of line: String) throws -> [String] {
    let words = Words(line.split(separator: " ").map { ByteString(String($0)) })
    var options = GlobalOptions()
    do throws(GrammarError) {
      _ = try CommandParser.parse(words, names: NoNames(), options: &options)
      Issue.record("accepted: \(line)")
      return []
    } catch {
      return error.diagnostic(of: words, programName: "ipvsadm").details.map(\.description)
    }
  }

  @Test("the cause names the word at fault", arguments: rows)
  func cause(_ row: Row) throws {
    #expect(try details(of: row.line) == ["cause: \(row.cause)", "remedy: \(row.remedy)"])
  }
}
