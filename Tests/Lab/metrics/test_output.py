# SPDX-License-Identifier: Apache-2.0
"""--output: the file is replaced in one step, or it is as before and nothing lies beside it."""

import contextlib
import os
import signal
import stat
import subprocess

import pytest

from changes.place import IS_ENGINE, OURS
from cli.stage import RIGHTS
from metrics.exposition import one, samples

RULES = "".join(
    f"-A -t 10.0.{number}.1:80\n-a -t 10.0.{number}.1:80 -r 10.1.0.{number} -m\n"
    for number in range(100))


@pytest.fixture
def folder(place):
    assert place.run("-R", stdin=RULES).exit == 0
    made = f"{place.folder}/textfile"
    os.mkdir(made)
    return made


def content(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def refused(place, path, cause):
    """The status is 1, and standard error names the file, the cause, and what helps."""
    result = place.run("--metrics=server", "--output", path)
    assert (result.exit, result.stdout) == (1, ""), result
    lines = result.stderr.splitlines()
    assert lines[0] == f"cannot write {path}"
    assert lines[1].startswith("  cause: ") and cause in lines[1]
    assert lines[2].startswith("  remedy: ")


@contextlib.contextmanager
def mounted(folder, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_new_file_and_one_that_is_replaced(place, folder):
    path = f"{folder}/ipvs.prom"
    for words in (["--metrics"], ["--metrics=server"], ["--metrics", "--openmetrics"]):
        printed = place.run(*words)
        result = place.run(*words, "--output", path, umask=0o077)
        assert result == (0, "", "")
        assert content(path) == printed.stdout
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
        assert os.listdir(folder) == ["ipvs.prom"]


def test_a_reader_keeps_the_old_content(place, folder):
    path = f"{folder}/ipvs.prom"
    assert place.run("--metrics", "--output", path).exit == 0
    with open(path, encoding="utf-8") as old:
        assert place.run("-C").exit == 0
        assert place.run("--metrics", "--output", path).exit == 0
        assert one(samples(old.read()), "ipvs_services") == 100
    assert one(samples(content(path)), "ipvs_services") == 0


def test_readers_see_whole_files(place, folder):
    path = f"{folder}/ipvs.prom"
    assert place.run("--metrics=server", "--output", path).exit == 0
    for _ in range(5):
        child = place.start("--metrics=server", "--output", path)
        looks = 0
        while child.poll() is None or looks == 0:
            assert len(samples(content(path))) > 1000
            looks += 1
        assert child.communicate() == (b"", b"")


def test_in_the_folder_where_it_runs(place, folder):
    child = subprocess.run(
        [f"{OURS}/ipvsadm", "--metrics", "--output", "here.prom"], cwd=folder,
        env=place.environment(), capture_output=True)
    assert (child.returncode, os.listdir(folder)) == (0, ["here.prom"])


def test_standard_output(place, folder):
    plain = place.run("--metrics")
    assert plain.exit == 0
    assert place.run("--metrics", "--output", "-") == plain
    assert place.run("--metrics", "--output=-") == plain


def test_a_symbolic_link_stays(place, folder):
    os.symlink("real.prom", f"{folder}/link.prom")
    with open(f"{folder}/real.prom", "w", encoding="utf-8"):
        pass
    assert place.run("--metrics", "--output", f"{folder}/link.prom").exit == 0
    assert os.path.islink(f"{folder}/link.prom")
    assert one(samples(content(f"{folder}/real.prom")), "ipvs_services") == 100


def test_no_such_folder(place, folder):
    refused(place, f"{folder}/no/ipvs.prom", f"folder {folder}/no: No such file or directory")
    assert os.listdir(folder) == []


def test_below_a_file(place, folder):
    place.file("", "plain")
    refused(place, f"{place.folder}/plain/ipvs.prom", "Not a directory")


def test_a_folder_in_place_of_a_file(place, folder):
    refused(place, folder, "it is a folder")
    assert os.listdir(folder) == []


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.mknod(path, stat.S_IFCHR, 0x103)])
def test_what_is_no_regular_file_is_not_replaced(place, folder, make):
    """As root, /dev/null would become a file."""
    path = f"{folder}/special"
    make(path)
    before = os.stat(path)
    refused(place, path, "it is not a regular file")
    assert os.stat(path) == before and os.listdir(folder) == ["special"]


def test_a_file_system_that_is_read_only(place, folder):
    with mounted(folder, "ro"):
        refused(place, f"{folder}/ipvs.prom", "Read-only file system")


def test_a_full_disk(place, folder):
    with mounted(folder, "size=64k"):
        path = f"{folder}/ipvs.prom"
        with open(path, "w", encoding="utf-8") as file:
            file.write("# old\n")
        refused(place, path, "No space left on device")
        assert content(path) == "# old\n" and os.listdir(folder) == ["ipvs.prom"]


if not IS_ENGINE:
    def test_a_user_who_may_not_write_there(place, folder):
        path = f"{folder}/ipvs.prom"
        os.chmod(place.folder, 0o755)
        os.chmod(folder, 0o755)
        with open(path, "w", encoding="utf-8") as file:
            file.write("# old\n")
        child = subprocess.run(
            [*RIGHTS["net-admin"], f"{OURS}/ipvsadm", "--metrics", "--output", path],
            env=place.environment(), capture_output=True, text=True)
        assert (child.returncode, child.stdout) == (1, "")
        assert child.stderr.splitlines()[1] == f"  cause: folder {folder}: Permission denied"
        assert content(path) == "# old\n" and os.listdir(folder) == ["ipvs.prom"]


def test_the_table_cannot_be_read(place, folder):
    path = f"{folder}/ipvs.prom"
    with open(path, "w", encoding="utf-8") as file:
        file.write("# old\n")
    result = place.run("--metrics", "--output", path, "--engine", "/nowhere")
    assert (result.exit, result.stdout) == (2, "")
    assert content(path) == "# old\n" and os.listdir(folder) == ["ipvs.prom"]


def test_ended_while_it_writes(place, folder):
    """A signal waits until the file is in place; the temporary one does not stay."""
    path = f"{folder}/ipvs.prom"
    for _ in range(5):
        child = place.start("--metrics=server", "--output", path)
        while child.poll() is None and not any(name != "ipvs.prom" for name in os.listdir(folder)):
            pass
        child.send_signal(signal.SIGTERM)
        child.communicate()
        assert child.returncode in (0, -signal.SIGTERM)
        assert os.listdir(folder) == ["ipvs.prom"]
        assert len(samples(content(path))) > 1000


def test_a_closed_pipe(place, folder):
    """As a listing of the same table: no crash, and no endless writing."""
    def exit_into_closed_pipe(*words):
        reader, writer = os.pipe()
        os.close(reader)
        child = place.start(*words, stdout=writer)
        os.close(writer)
        _, complaint = child.communicate()
        return child.returncode, complaint.splitlines()[:1]

    assert exit_into_closed_pipe("--metrics=server") == exit_into_closed_pipe("-Ln")
