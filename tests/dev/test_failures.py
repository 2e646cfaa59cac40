"""What can go wrong in the set-up ends in one sentence with the remedy, and status 1."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev import paths
from dev.build import built
from dev.errors import SetupError, explain
from dev.odoo_source import inspect

ODOO = paths.CHECKOUT / "bin" / "odoo"


@pytest.fixture
def run_odoo(environment, tmp_path):
    """Return a function that runs `bin/odoo --version` as a stranger's shell would."""

    def run(**variables):
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("HOME", "LANG")
        }
        home = {"XDG_STATE_HOME": str(tmp_path)}
        path = {"PATH": f"{Path(sys._base_executable).parent}:{os.defpath}"}
        result = subprocess.run(
            [ODOO, "--version"],
            env={**kept, **home, **path, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr

    return run


def _fake_odoo(folder, version_info):
    package = folder / "odoo"
    package.mkdir(parents=True)
    (package / "release.py").write_text(f"version_info = {version_info}\n")
    return folder


def test_odoo_src_without_an_odoo(run_odoo, tmp_path):
    status, output = run_odoo(ODOO_SRC=str(tmp_path))
    assert status == 1
    assert "holds no Odoo" in output and "unset it" in output
    assert "Traceback" not in output


def test_odoo_src_of_another_version(run_odoo, tmp_path):
    _fake_odoo(tmp_path / "o", "(18, 0, 0, FINAL, 0, '')")
    status, output = run_odoo(ODOO_SRC=str(tmp_path / "o"))
    assert status == 1
    assert "is Odoo 18.0, this addon needs 19.0" in output


def test_odoo_src_with_blanks_in_its_path(environment, run_odoo, tmp_path):
    link = tmp_path / "my odoo"
    link.symlink_to(environment.odoo.package.parent)
    status, output = run_odoo(ODOO_SRC=str(link))
    assert status == 0, output
    assert "Odoo Server 19" in output


def test_a_saas_version_is_told_apart(tmp_path):
    with pytest.raises(SetupError, match=r"is Odoo 19\.1, this"):
        inspect(_fake_odoo(tmp_path, "('saas~19', 1, 0, FINAL, 0, '')"), "ODOO_SRC")


def test_unreachable_postgresql(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "dev", "demo"],
        cwd=paths.CHECKOUT,
        env={
            **{
                name: value
                for name, value in os.environ.items()
                if name != "O2O_EMBEDDED"
            },
            "PGHOST": "127.0.0.1",
            "PGPORT": "1",
            "SERVE": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert (
        "PostgreSQL refused" in result.stderr
        and "Check PGHOST, PGPORT" in result.stderr
    )
    assert "Traceback" not in result.stderr


def test_an_unsupported_python_is_named(tmp_path):
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 1, 'final', 0); sys.argv = ['dev', 'stop'];"
        "import os; os.environ['PATH'] = ''; runpy.run_module('dev', run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=paths.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Odoo 19 needs Python 3.10 to 3.13, this is 3.9" in result.stderr


def test_an_unknown_command_lists_the_known():
    result = subprocess.run(
        [sys.executable, "-m", "dev", "dmeo"],
        cwd=paths.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "demo" in result.stderr


def test_a_full_disk_is_a_sentence():
    with pytest.raises(OSError) as caught:
        Path("/dev/full").write_text("x" * 100_000)
    assert "The disk is full" in explain(caught.value)


def test_a_failed_build_leaves_nothing_and_a_rerun_succeeds(tmp_path):
    target = tmp_path / "cache" / "thing"

    def fail(folder):
        (folder / "half").write_text("half")
        raise SetupError("no network")

    with pytest.raises(SetupError):
        built(target, "a thing", fail)
    left = [
        entry.name
        for entry in target.parent.iterdir()
        if not entry.name.endswith(".lock")
    ]
    assert left == []
    built(target, "a thing", lambda folder: (folder / "whole").write_text("whole"))
    assert [entry.name for entry in target.iterdir()] == ["whole"]


def test_what_a_killed_build_left_is_removed(tmp_path):
    stale = tmp_path / ".thing.tmp-old"
    stale.mkdir()
    built(tmp_path / "thing", "a thing", lambda folder: None)
    assert not stale.exists()


def test_two_builds_at_a_time_make_one_thing(tmp_path):
    code = (
        "import sys, time, pathlib; from dev.build import built\n"
        "def make(folder):\n"
        "    time.sleep(0.5); print('made')\n"
        "built(pathlib.Path(sys.argv[1]), 'a thing', make)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "thing")]
    both = [
        subprocess.Popen(command, cwd=paths.CHECKOUT, stdout=subprocess.PIPE, text=True)
        for _number in range(2)
    ]
    output = "".join(process.communicate()[0] for process in both)
    assert output.count("made\n") == 1
    assert all(process.returncode == 0 for process in both)


def test_two_checkouts_have_two_states():
    keys = {
        paths.checkout_key(Path(name))
        for name in ("/a/clone", "/b/clone", "/b/my clone")
    }
    assert len(keys) == 3
    assert not any(" " in key for key in keys)


@pytest.mark.skipif(not paths.is_root(), reason="only root can become another user")
@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_an_ordinary_user_has_a_postgresql_too(environment, tmp_path):
    """The cluster starts, answers and stops for a user without any rights."""
    home = tmp_path / "home of nobody"
    home.mkdir()
    for folder in (home, *home.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    shutil.chown(home, "nobody", "nogroup")
    binaries = Path(environment.variables["PATH"].split(":")[1])
    code = (
        "import pathlib, sys; from dev import postgres\n"
        "cluster = postgres.Cluster(pathlib.Path(sys.argv[1]))\n"
        "print(cluster.ensure_running()['PGPORT']); print(cluster.stop())"
    )
    copy = home / "checkout"
    shutil.copytree(
        paths.CHECKOUT / "dev",
        copy / "dev",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    result = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        + ["/usr/bin/python3", "-c", code, str(binaries)],
        cwd=copy,
        env={"HOME": str(home), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "True"
