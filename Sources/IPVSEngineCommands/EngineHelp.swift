// SPDX-License-Identifier: Apache-2.0

internal import IPVSPrograms
internal import IPVSText

/// What `--help` and `--version` print.
enum EngineHelp {
  static var help: TextBuffer { text(versionStart, ProgramVersion.number, versionEnd, helpLines) }

  static var version: TextBuffer { text(versionStart, ProgramVersion.number, versionEnd) }

  private static func text(_ parts: StaticString...) -> TextBuffer {
    var text = TextBuffer()
    for part in parts { part.withUTF8Buffer { text.append(contentsOf: $0) } }
    return text
  }

  private static let versionStart: StaticString = "ipvs-engine v1.31 ("

  private static let versionEnd: StaticString = """
     of ipvsadm in Swift; answers as IPVS 1.2.1)

    """

  private static let helpLines: StaticString = """
    IPVS, the IP Virtual Server, without a kernel that has it.

    Usage:
      ipvs-engine serve --socket=PATH [options]
      ipvs-engine run [--socket=PATH] [options] [--] COMMAND [ARGUMENT...]
      ipvs-engine replay --rules=FILE --read=FILE [--write=FILE] [options]
      ipvs-engine --help | --version

    Commands:
      serve    answer at a socket until SIGTERM or SIGINT
      run      run a command that finds an engine of its own at IPVSADM_ENGINE, and
               end with it
      replay   send captured packets through rules, at the time of the capture, and
               count what the director does with them

    Options (a value follows `=', or is the next word):
      --socket=PATH        the unix socket (of run: in a new folder)
      --rules=FILE         rules to begin with, restore input of ipvsadm; `-':
                           standard input
      --sysctl=NAME=VALUE  a setting of /proc/sys/net/ipv4/vs; may be repeated
      --tun=NAME           balance what comes through this TUN device, which is made
      --divert             set the routes that lead packets through the device
      --seed=NUMBER        begin the random numbers here, to repeat a run
      --as-kernel=RELEASE  do as this release of Linux does, for example 6.1.176;
                           without it, as the newest known (7.2)
      --older-counting     the former name of --as-kernel=6.1
      --read=FILE          the capture (pcap) to replay; `-': standard input
      --write=FILE         what the director sends, as a capture; `-': standard
                           output
      -h  --help           print this text
      -v  --version        print the version

    Exit status: 0; 1 where something fails; 2 where the command line is wrong; of
    run, that of its command, or 125 where the engine fails, 126 and 127 where the
    command cannot be run or found.

    """
}
