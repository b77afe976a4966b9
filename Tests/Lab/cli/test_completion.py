# SPDX-License-Identifier: Apache-2.0
"""Completion of lines in the shells themselves, by the scripts that `ipvsadm --completion` prints."""

import os
import pty
import select
import subprocess

import pytest

SHELLS = ("bash", "zsh", "fish")

RULES = """\
-A -t 10.0.0.1:80 -s wlc
-a -t 10.0.0.1:80 -r 10.0.1.2:8080 -m -w 2
-a -t 10.0.0.1:80 -r 10.0.1.3:8080 -m
-A -t 10.0.0.1:443 -s rr
-A -t [fd00::1]:80 -s rr
-A -u 10.0.0.1:53 -s rr
-a -u 10.0.0.1:53 -r 10.0.1.4:53 -m
-A -f 7 -s rr
"""

#: bash as it completes a line: the function that `complete` names, with the variables that it is given.
BASH = r"""
source /usr/share/bash-completion/bash_completion 2>/dev/null
source <(ipvsadm --completion bash)
"""


def furnish():
    """What shells take for granted in /dev, and the lab's kernel does not have."""
    if not os.path.exists("/dev/fd"):
        os.symlink("/proc/self/fd", "/dev/fd")
    if not os.path.exists("/dev/pts/ptmx"):
        os.makedirs("/dev/pts", exist_ok=True)
        run("mount", "-t", "devpts", "-o", "ptmxmode=666", "none", "/dev/pts")


@pytest.fixture(scope="module", autouse=True)
def table():
    """A table in the namespace of the tests, and a namespace with a name and a table of its own."""
    furnish()
    install_for_zsh()
    run("ip", "netns", "add", "completed")
    run("ip", "-n", "completed", "link", "set", "lo", "up")
    run("ip", "link", "set", "lo", "up")
    run("ipvsadm", "-R", stdin=RULES)
    run("ipvsadm", "-A", "-t", "192.0.2.9:99", "--netns", "completed")
    yield
    run("ipvsadm", "-C")
    run("ip", "netns", "delete", "completed")


def environment():
    path = f"{os.environ['PROGRAMS']}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": "/run", "LC_ALL": "C.UTF-8", "TERM": "dumb"}


def run(*words, stdin=None, **options):
    done = subprocess.run(
        words, input=stdin, capture_output=True, text=True, env=environment(), check=False, **options)
    assert done.returncode == 0, done
    return done.stdout


def typed_in_bash(keys):
    """Types keys into an interactive bash on a terminal; returns what the terminal shows."""
    path = "/run/completion.bashrc"
    with open(path, "w", encoding="utf-8") as file:
        file.write(BASH + "PS1='ready> '\n")
    terminal, far = pty.openpty()
    with subprocess.Popen(
            ["bash", "--noprofile", "--rcfile", path, "-i"], stdin=far, stdout=far, stderr=far,
            env=environment(), start_new_session=True) as shell:
        os.close(far)
        text = read_until(terminal, b"ready> ")
        os.write(terminal, keys.encode() + b'\necho "<"end">"\n')
        text += read_until(terminal, b"<end>")
        shell.kill()
    os.close(terminal)
    return text


def read_until(terminal, mark):
    text = b""
    while mark not in text:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, text
        text += os.read(terminal, 65536)
    return text.decode()


def in_bash(line):
    """What bash's completion function answers, given the line as bash hands it over.

    Words are split as readline splits them, at the characters of COMP_WORDBREAKS too.
    """
    script = BASH + r"""
    COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
    COMP_WORDS=() rest=$1 word=
    while [[ -n $rest ]]; do
        case ${rest:0:1} in
            [[:blank:]]) [[ -z $word ]] || COMP_WORDS+=("$word"); word= ;;
            [:=]) [[ -z $word ]] || COMP_WORDS+=("$word"); COMP_WORDS+=("${rest:0:1}"); word= ;;
            *) word+=${rest:0:1} ;;
        esac
        rest=${rest:1}
    done
    # Behind a separator nothing is typed of the next word; behind a blank it is empty.
    if [[ -n $word || $1 == *[[:blank:]] ]]; then COMP_WORDS+=("$word"); fi
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')
    "$function" "${COMP_WORDS[0]}" "$word" ""
    printf '%s\n' "${COMPREPLY[@]}"
    """
    answers = run("bash", "--noprofile", "--norc", "-c", script, "bash", line).split()
    word = line.split(" ")[-1]
    kept = max(word.rfind(":"), word.rfind("=")) + 1
    return {word[:kept] + answer for answer in answers}


def in_fish(line):
    text = run(
        "fish", "--no-config", "-c", "ipvsadm --completion fish | source; complete -C $argv[1]", line)
    return {row.split("\t")[0] for row in text.splitlines()}


#: zsh completes only where it has a terminal, so it runs in one of its own (zpty); what would be shown is
#: taken from compadd.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
expect() {
  local text part
  until [[ $text == *$1* ]]; do
    zpty -r shell part || { print -ru2 -- "ended: $text"; exit 1 }
    text+=$part
  done
  REPLY=$text
}
zpty -w shell "PS1=; unsetopt zle_bracketed_paste; fpath=($HOME/zsh); autoload -Uz compinit && compinit -u -D"
zpty -w shell 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a found; builtin compadd -A found "$@"
  local each; for each in "${found[@]}"; do print -r -- "<$each>"; done; builtin compadd "$@" }'
zpty -w shell 'finish() { print -r -- "<""end>" }; comppostfuncs=(finish)'
zpty -w shell 'print -r -- "<""ready>"'
expect '<ready>'
zpty -n -w shell "$1"$'\t'
expect '<end>'
print -r -- "$REPLY"
zpty -d shell
"""


def in_zsh(line):
    text = run("zsh", "-f", "-c", ZSH, "zsh", line, timeout=120)
    # What is inserted has quotes where the shell needs them.
    found = {part.split(">")[0].replace("\\", "") for part in text.split("<")[1:]}
    return found - {"end", "ready"}


def install_for_zsh():
    """A folder of functions with ours, as it is installed, and those of zsh that it needs: to look through
    all that zsh has takes this kernel a quarter of a minute.
    """
    folder, functions = os.path.join(environment()["HOME"], "zsh"), "/usr/share/zsh/functions/Completion"
    os.makedirs(folder, exist_ok=True)
    needed = [f"{functions}/Unix/_files", f"{functions}/Unix/_path_files"]
    for place in (functions, f"{functions}/Base"):
        needed += [entry.path for entry in os.scandir(place) if entry.is_file()]
    for path in needed:
        if not os.path.exists(f"{folder}/{os.path.basename(path)}"):
            os.symlink(path, f"{folder}/{os.path.basename(path)}")
    with open(f"{folder}/_ipvsadm", "w", encoding="utf-8") as file:
        file.write(run("ipvsadm", "--completion", "zsh"))


ANSWERS = {"bash": in_bash, "zsh": in_zsh, "fish": in_fish}

LINES = [
    ("ipvsadm -A -t ", {"10.0.0.1:80", "10.0.0.1:443", "[fd00::1]:80"}),
    ("ipvsadm -A -t 10.0.0.1:", {"10.0.0.1:80", "10.0.0.1:443"}),
    ("ipvsadm -A -t 10.0.0.1:4", {"10.0.0.1:443"}),
    ("ipvsadm -D --tcp-service=10.0.0.1:4", {"--tcp-service=10.0.0.1:443"}),
    ("ipvsadm -D -u ", {"10.0.0.1:53"}),
    ("ipvsadm -E -f ", {"7"}),
    ("ipvsadm -d -t 10.0.0.1:80 -r ", {"10.0.1.2:8080", "10.0.1.3:8080"}),
    ("ipvsadm --drain -r 10.0.1.", {"10.0.1.2:8080", "10.0.1.3:8080", "10.0.1.4:53"}),
    ("ipvsadm -A -t 10.0.0.2:80 -s w", {"wrr", "wlc"}),
    ("ipvsadm -L --netns compl", {"completed"}),
    ("ipvsadm --netns completed -A -t ", {"192.0.2.9:99"}),
    ("ipvsadm --start-daemon ", {"master", "backup"}),
    ("ipvsadm --start-daemon master --mcast-interface l", {"lo"}),
    ("ipvsadm -L -c --state syn", {"syn_sent", "syn_recv", "synack"}),
    ("ipvsadm -L -c --count-by s", {"state", "server", "service", "scheduler"}),
    ("ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.9 -i --tun", {"--tun-type"}),
    ("ipvsadm --und", {"--undo", "--undrain"}),
    ("ipvsadm-save ", {"-n"}),
    ("ipvsadm-restore --", {"--strict"}),
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line, expected", LINES, ids=[line for line, _ in LINES])
def test_words(shell, line, expected):
    assert ANSWERS[shell](line) == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_only_what_the_command_takes(shell):
    found = ANSWERS[shell]("ipvsadm -A -t 10.0.0.2:80 -s rr --")
    assert found == {"--persistent", "--netmask", "--pe", "--sched-flags", "--ops", "--netns", "--json", "--color",
                     "--engine"}


def test_bash_on_a_terminal(tmp_path):
    """Lines that are completed by the key, and then run."""
    typed_in_bash("ipvsadm -D -t 10.0.0.1:4\t")
    assert "10.0.0.1:443" not in run("ipvsadm", "-Ln")
    run("ipvsadm", "-A", "-t", "10.0.0.1:443", "-s", "rr")
    (tmp_path / "rules.one").write_text("")
    (tmp_path / "rules.two").write_text("-A -t 10.0.0.1:80 -w 5\n")
    text = typed_in_bash(f"ipvsadm --check {tmp_path}/rules.t\t")
    assert "rules.two:1" in text, text


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_files(shell, tmp_path):
    (tmp_path / "rules.one").write_text("")
    (tmp_path / "rules.two").write_text("")
    found = ANSWERS[shell](f"ipvsadm --apply {tmp_path}/rules.t")
    assert len(found) == 1 and found.pop().endswith("rules.two")


@pytest.mark.parametrize("shell", SHELLS)
def test_quiet_without_rights_and_without_an_engine(shell):
    for rights in (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], []):
        words = ["--engine", "/run/nothing"] if not rights else []
        done = subprocess.run(
            [*rights, "ipvsadm", "--completion", shell, "--", "ipvsadm", *words, "-A", "-t", ""],
            capture_output=True, text=True, env=environment(), check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "words\n", "")
