// SPDX-License-Identifier: Apache-2.0

/// Lines, and the exit status and whole message that they get: words that are no command with its options.
let wordDiagnostics: [(line: String, message: String)] = [
  (
    "foo",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: `foo' is not a command: commands begin with a dash
      remedy: write a command first, such as -A, -a, -L, or -S, and the options after it
    """
  ),
  (
    "--",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: there is no command
      remedy: write a command first, such as -A, -a, -L, or -S, and the options after it
    """
  ),
  (
    "-n -L",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: the line begins with the option -n (--numeric); the command -L (--list) comes after it
      remedy: write -L first
    """
  ),
  (
    "-Q",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: there is no command `-Q'
      remedy: -h lists all commands and options
    """
  ),
  (
    "--lst",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: there is no command `--lst'
      remedy: did you mean --list?
    """
  ),
  (
    "--start-daemon",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: `--start-daemon' needs a value
      remedy: write `master' or `backup' after it
    """
  ),
  (
    "--list=1",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      cause: `--list=1' begins with an option that takes no value
      remedy: leave out the `='
    """
  ),
  (
    "-L --num",
    """
    255 --num: unknown option
      cause: there is no option `--num'
      remedy: did you mean --numeric?
    """
  ),
  (
    "-L --frobnicate",
    """
    255 --frobnicate: unknown option
      cause: there is no option `--frobnicate'
      remedy: -h lists all commands and options
    """
  ),
  (
    "-LnQ",
    """
    255 -LnQ: unknown option
      cause: there is no option `-Q', which `-LnQ' holds
      remedy: -h lists all commands and options; long ones begin with two dashes
    """
  ),
  (
    "-L -I",
    """
    255 -I: unknown option
      cause: there is no option `-I'
      remedy: -h lists all commands and options; long ones begin with two dashes
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p -5",
    """
    255 -5: unknown option
      cause: `-5' is read as an option because it begins with `-'
      remedy: write a number that is not below 0
    """
  ),
  (
    "-A -t",
    """
    255 -t: missing argument
      cause: the line ends with `-t', and --tcp-service takes a value
      remedy: write the value after the option
    """
  ),
  (
    "-L --numeric=1",
    """
    255 --numeric=1: option does not take an argument
      cause: `--numeric=1' is an option that takes no value
      remedy: leave out the `=' and the value
    """
  ),
  (
    "-L -A",
    """
    2 invalid option `-A'
      cause: the line has the command -L (--list) already, and -A (--add-service) is another
      remedy: write a line for each
    """
  ),
  (
    "-L -R",
    """
    2 invalid option `-R'
      cause: the line has the command -L (--list) already, and -R (--restore) is another
      remedy: did you mean -r (--real-server)?
    """
  ),
  (
    "-A -t 10.0.0.1:80 -R 10.0.0.2:80 -w 1",
    """
    2 invalid option `-R'
      cause: -A (--add-service) is about a service alone; -R names a real server with -a, -e, and -d
      remedy: write a line for each, or call the program as ippfvsadm, which takes both in one
    """
  ),
  (
    "-a -t 10.0.0.1:80 -R",
    """
    2 invalid option `-R'
      cause: -R names the real server here, and no address is after it
      remedy: write -R host[:port]
    """
  ),
  (
    "-L --start-daemon master",
    """
    2 invalid option `master'
      cause: the line has the command -L (--list) already, and --start-daemon is another
      remedy: write a line for each
    """
  ),
  (
    "-A -t 10.0.0.1:80 -u 10.0.0.1:81",
    """
    2 multiple 'service-address' options specified
      cause: `10.0.0.1:81' is one too many: a line takes -t, -u, --sctp-service, or -f once
      remedy: write a line for each
    """
  ),
  (
    "-L foo",
    """
    2 unexpected argument foo
      cause: `foo' belongs to no option
      remedy: write it after the option that it is the value of, or leave it out
    """
  ),
  (
    "-A -t 10.0.0.1:80 \\",
    """
    2 unexpected argument \\
      cause: a line cannot be continued in the next
      remedy: write both in one line
    """
  ),
  (
    "-L /sbin/ipvsadm",
    """
    2 unexpected argument /sbin/ipvsadm
      cause: of the program's names only the bare word `ipvsadm' is passed over in restore input
      remedy: leave `/sbin/ipvsadm' out
    """
  ),
]
