# SPDX-License-Identifier: Apache-2.0
"""The one table of exceptions from the rule that our program does what ipvsadm 1.31 does.

Each row says where we differ, why, and what our result is instead, as a function of what the
original does:

  line     changes a command line into one that makes the original do what ours does;
  input    does the same with restore input;
  words    changes the words of ipvsadm-save or ipvsadm-restore so that the original does what ours does;
  output   changes the original's result into ours;
  own      gives our result outright, where the original can give none.

`examples` are command lines on which the two must differ just so. They are run against both
programs, so a row that no longer differs fails. Whatever no row covers must be the same, byte for
byte: exit status, standard output, first line of standard error.
"""

from typing import Callable, NamedTuple

from cli import mends
from cli.stage import Result, Step


class Row(NamedTuple):
    name: str
    reason: str
    examples: tuple = ()
    line: Callable = None
    input: Callable = None
    words: Callable = None
    output: Callable = None
    own: Callable = None


def _steps(*lines):
    return tuple(Step(("ipvsadm", *line.split())) for line in lines)


def _restored(text, *lines):
    return (Step(("ipvsadm", "-R"), text), *_steps(*lines))


_WEB = "-A -t 10.0.0.1:80 -s rr"


#: Placeholders for the texts of -h and -v, which are each program's own.
HELP, VERSION = "<help>\n", "<version>\n"
_ASKED = {"-h": HELP, "--help": HELP, "-v": VERSION, "--version": VERSION}


def _without_kernel(step, result):
    """-h and -v succeed where the original could not reach the kernel, or had no right to."""
    asked = _ASKED.get(step.argv[1]) if len(step.argv) > 1 else None
    return Result(0, asked, "") if asked and result.exit == 2 else result


def rows(environment):
    """The table, for the names that `environment` knows."""
    hosts = environment["files"]["/etc/hosts"]
    return (
        Row("own texts", "help and version are in our own words; both begin `ipvsadm v1.31`",
            examples=(_steps("-h"),)),
        Row("help needs no kernel", "-h and -v are answered without ip_vs and without rights",
            own=_without_kernel),
        Row("quiet modprobe", "an attempt to load ip_vs that fails is told in our own first line",
            output=mends.quiet_modprobe),
        Row("old -R", "2.2 kernels' ipvsadm named the real server so; 1.31 refuses the word there",
            line=mends.old_real_server,
            examples=(
                _steps(_WEB, "-a -t 10.0.0.1:80 -R 10.0.0.2:80 -m -w 2", "-Sn",
                       "-d -t 10.0.0.1:80 -R 10.0.0.2:80", "-Sn"),
                _steps(_WEB, "-a -t 10.0.0.1:80 -mR 10.0.0.2:8080", "-Sn"))),
        Row("comments", "a saved table may be commented; 1.31 takes # for a command and stops",
            input=mends.without_comments,
            examples=(
                _restored(f"# one\n{_WEB}\n  # two\n-A -t 10.0.0.1:81 -s rr\n", "-Sn"),
                _restored(f"{_WEB} # one\n-A -t 10.0.0.1:81 -s rr #two\n", "-Sn"))),
        Row("blanks at the end", "1.31 loses a last line that ends in two blanks and no newline",
            input=mends.with_last_line,
            examples=(_restored(f"{_WEB}  ", "-Sn"), _restored(f"{_WEB} \r", "-Sn"))),
        Row("long words", "1.31 breaks a word of restore input after 4096 bytes, and takes the rest for"
            " another word",
            input=mends.with_whole_words,
            examples=(_restored(f"-A -t 10.0.0.1:80 -s {'x' * 5000}\n{_WEB}\n", "-Sn"),)),
        Row("large marks", "marks from 2^31 on are shown negative, and cannot be restored",
            output=mends.unsigned_marks,
            examples=(
                _steps("-A -f 4294967295 -s rr", "-Ln", "-Sn", "-Ln --stats"),
                _steps("-A -f 2147483648 -6 -s rr", "-S", "-Ln --rate", "-Ln --thresholds"))),
        Row("flag-3", "sh and mh show and save their third flag as nothing, which -R refuses",
            output=mends.third_flag,
            examples=(
                _steps("-A -t 10.0.0.1:80 -s sh -b flag-3", "-Ln", "-Sn"),
                _steps("-A -f 1 -s sh -b sh-port,flag-3", _WEB, "-L", "-S"),
                _steps("-A -u 10.0.0.1:80 -s mh -b flag-3 -p 60", "-L", "-S"))),
        Row("crashes", "a line that crashes 1.31 gets an error", output=mends.no_crash,
            examples=(
                _steps("-A -t 10.0.0.1:80 -s sh -b ,", "-Sn"),
                _restored(f"{_WEB}\n-A -t 10.0.0.1:81 -s mh -b ,,\n-C\n", "-Sn"))),
        Row("brackets", "brackets keep the port of a host name or IPv4 address, and are allowed"
            " around an IPv6 address without a port",
            line=lambda items: mends.bracketed(items, hosts),
            examples=(
                _steps("-A -t [10.0.0.1]:80 -s rr", "-A -u [vip.example.test]:domain", "-Sn"),
                _steps("-A -t [fd00::1] -s rr -p", "-a -t [fd00::1] -r [fd00::2]", "-Sn"))),
        Row("IPv6 names", "a name that has only an IPv6 address means that address",
            line=lambda items: mends.six_names(items, hosts),
            examples=(
                _steps("-A -t six.example.test:80 -s rr", "-Sn",
                       "-a -t [six.example.test]:http -r six.example.test:8080 -m", "-Sn"),)),
        Row("junk", "inet_aton(3) reads an address up to a blank; what follows is a mistake",
            line=mends.junk_after_blank,
            examples=((Step(("ipvsadm", "-A", "-t", "10.0.0.1 junk:80")), *_steps("-Sn")),)),
        Row("-r before -t", "the port and family of a real server are those of its service,"
            " wherever on the line that is named",
            line=mends.service_first,
            examples=(
                _steps(_WEB, "-a -r 10.0.0.2 -t 10.0.0.1:80 -m", "-Sn"),
                _steps(_WEB, "-a -m -r 10.0.0.2:http -t 10.0.0.1:80", "-Sn"),
                _steps("-a -r 10.0.0.2:http -t 10.0.0.1:80 -f 3"),
                _steps("-d -r 10.0.0.2:http -w 5 -t 10.0.0.1:80 -t 10.0.0.1:80"),
                _steps("-e -r 10.0.0.2:http -t 10.0.0.1:80 -Q"),
                _steps("-a -r 10.0.0.2:http -t 10.0.0.1:80 extra"))),
        Row("-M before its family", "a netmask is read by the family of the service, wherever on"
            " the line that is named",
            line=mends.netmask_last,
            examples=(
                _steps("-A -f 1 -p 60 -M 64 -6 -s rr", "-Sn"),
                _steps("-A -M 64 -p -t [fd00::1]:80 -s rr", "-Sn"))),
        Row("restorable names", "names longer than 59 bytes are cut in 1.31's -S, which -R then"
            " refuses; ours saves the numbers",
            output=mends.restorable_names,
            examples=(
                _steps("-A -t [fd00::a]:80 -s rr", "-a -t [fd00::a]:80 -r [fd00::a]:8080 -m",
                       "-S"),)),
        Row("zero address", "-Z of 0.0.0.0:0 or [::]:0 zeroes that service; 1.31 zeroes all",
            line=mends.zeroed_service,
            examples=(_steps("-Z -t 0.0.0.0:0"), _steps(_WEB, "-Z -u [::]:0", "-Z -u ::"))),
        Row("output errors", "output that cannot be written is an error, exit status 1; 1.31 does"
            " not notice"),
        Row("words of the wrappers", "ipvsadm-restore takes any words and empties the table, and"
            " ipvsadm-save takes those without a dash; ours refuse them before they touch anything",
            words=mends.known_words, own=mends.refused_words,
            examples=(
                _steps(_WEB) + (Step(("ipvsadm-restore", "--help"), ""), *_steps("-Sn")),
                _steps(_WEB) + (Step(("ipvsadm-restore", "rules"), f"{_WEB}\n"), *_steps("-Sn")),
                _steps(_WEB) + (Step(("ipvsadm-save", "rules")), Step(("ipvsadm-save", ""))))),
        Row("input errors", "restore input that cannot be read is an error, exit status 1, and"
            " ipvsadm-restore leaves the table as it was; 1.31 takes it for empty"),
        Row("long rows", "a row of /proc/net/ip_vs_conn of any length is one row; 1.31 cuts it"
            " after 255 bytes, invents rows, and crashes"),
        Row("foreign methods", "a forwarding method that no option asks for has a name, and is"
            " saved as what -R accepts; 1.31 prints (null)"),
        Row("foreign checksums", "checksum flags of tunnels that no option asks for are shown; 1.31"
            " reads past its table, and crashes"),
        Row("selections", "-s and -r select what -L shows, services what -L -c shows, and several of a"
            " kind are alternatives; 1.31 refuses all of them (test_filters.py)",
            own=mends.selected_listing,
            examples=(
                _steps(_WEB, "-L -s rr"), _steps(_WEB, "-L -r 10.0.0.2"),
                _steps(_WEB, "-L -c -t 10.0.0.1:80"), _steps(_WEB, "-Ln -f 5 -t 10.0.0.1:80"))),
        # The last: before it, rows stand in the order of the listing that is their guide.
        Row("order", "1.31 subtracts addresses as signed numbers, so that 192.0.2.1 is before"
            " 1.0.0.1; the manual promises ascending order",
            output=mends.ascending,
            examples=(
                _steps("-A -t 192.168.1.1:80 -s rr", "-A -t 1.1.1.1:80 -s rr", "-Ln", "-S", "-L"),
                _steps("-A -t [fd00::1]:80 -s rr", "-A -t [2001:db8::1]:80 -s rr", "-Sn"),
                _steps(_WEB, "-a -t 10.0.0.1:80 -r 200.0.0.1", "-a -t 10.0.0.1:80 -r 1.0.0.1",
                       "-Ln --stats", "-L -t 10.0.0.1:80", "-S"))),
    )
