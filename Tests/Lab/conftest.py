# SPDX-License-Identifier: Apache-2.0
"""What every folder of the lab needs: a kernel of its own, and no quiet success."""

import os

import pytest


def pytest_configure(config):
    """These tests change network settings as root; only surroundings made for them will do."""
    is_made = "LAB_BOOTED" in os.environ or os.environ.get("IPVS") == "engine"
    if not is_made and os.environ.get("LAB_TESTS") != "booting":
        raise pytest.UsageError("run these tests with Tests/Lab/run, which boots a kernel for them")
    if not os.path.isdir(os.environ.get("PROGRAMS", "")):
        raise pytest.UsageError("PROGRAMS must name the folder that holds the programs under test")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """A run in which nothing passed shows nothing; a skipped test did not run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and (reporter.stats.get("skipped") or not reporter.stats.get("passed")):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
