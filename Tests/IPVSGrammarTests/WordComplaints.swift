/// Lines, and the exit status and whole message that they get; words that are no command with its options.
let wordComplaints: [(line: String, message: String)] = [
  (
    "foo",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      `foo' is not a command.
      The first option must be a command, such as -A, -a, -L, or -S.
    """
  ),
  (
    "--",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      There is no command.
      The first option must be a command, such as -A, -a, -L, or -S.
    """
  ),
  (
    "-n -L",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      `-n' does not begin with a command.
      The first option must be a command, such as -A, -a, -L, or -S.
    """
  ),
  (
    "-Q",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      No command is called `-Q'.
    """
  ),
  (
    "--lst",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      No command is called `--lst'.
      Did you mean --list?
    """
  ),
  (
    "--start-daemon",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      `--start-daemon' needs a value behind it: `master' or `backup'.
    """
  ),
  (
    "--list=1",
    """
    255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.
      `--list=1' begins with a command that takes no value; write it without `='.
    """
  ),
  (
    "-L --num",
    """
    255 --num: unknown option
      No option is called `--num'.
      Did you mean --numeric?
    """
  ),
  (
    "-L --frobnicate",
    """
    255 --frobnicate: unknown option
      No option is called `--frobnicate'.
    """
  ),
  (
    "-LnQ",
    """
    255 -LnQ: unknown option
      No option has the letter `Q'; long options begin with two dashes.
    """
  ),
  (
    "-L -I",
    """
    255 -I: unknown option
      No option is called `-I'.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -p -5",
    """
    255 -5: unknown option
      A word that begins with `-' is read as an option; no number below 0 is of use here.
    """
  ),
  (
    "-A -t",
    """
    255 -t: missing argument
      The line ends where --tcp-service needs a value; write it behind the option.
    """
  ),
  (
    "-L --numeric=1",
    """
    255 --numeric=1: option does not take an argument
      `--numeric=1' is an option that is on when it is there; write it without `='.
    """
  ),
  (
    "-L -A",
    """
    2 invalid option `-A'
      The line has the command -L (--list) already, and -A (--add-service) is another.
      Write a line for each.
    """
  ),
  (
    "-L -R",
    """
    2 invalid option `-R'
      The line has the command -L (--list) already; -R (--restore) must stand alone.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -R 10.0.0.2:80 -w 1",
    """
    2 invalid option `-R'
      -R names a real server with -a, -e, and -d; -A (--add-service) is about the service alone.
      Services and their servers in one line are the language of ippfvsadm.
    """
  ),
  (
    "-a -t 10.0.0.1:80 -R",
    """
    2 invalid option `-R'
      -R names the real server here and needs its address behind it, as -r does.
    """
  ),
  (
    "-L --start-daemon master",
    """
    2 invalid option `master'
      The line has the command -L (--list) already, and --start-daemon is another.
      Write a line for each.
    """
  ),
  (
    "-A -t 10.0.0.1:80 -u 10.0.0.1:81",
    """
    2 multiple 'service-address' options specified
      `10.0.0.1:81' is one too many: a line takes -t, -u, --sctp-service, or -f once.
      For several, write a line for each.
    """
  ),
  (
    "-L foo",
    """
    2 unexpected argument foo
      `foo' belongs to no option; every value stands behind the option it is for.
    """
  ),
  (
    "-A -t 10.0.0.1:80 \\",
    """
    2 unexpected argument \\
      A line cannot be continued in the next; join the two.
    """
  ),
  (
    "-L /sbin/ipvsadm",
    """
    2 unexpected argument /sbin/ipvsadm
      Only the bare word `ipvsadm' is passed over in restore input.
    """
  ),
]
