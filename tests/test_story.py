"""The story that `make demo` tells: over HTTP, with demo data, to the cent."""

import subprocess
import sys

import pytest

from dev import story
from dev.story import case
from dev.story.table import table, width


def test_the_story_comes_out_to_the_cent_and_can_be_told_again(server, capsys):
    first = story.main(server.base_url, server.database)
    told = capsys.readouterr()
    assert first == 0, told.err
    for figure in (
        "820.00",
        "60.00",
        "20.00",
        "30.00",
        "70.00",
        "926.60",
        "63.60",
        "21.20",
    ):
        assert figure in told.out
    again = story.main(server.base_url, server.database)
    assert again == 0, capsys.readouterr().err


def test_a_wrong_figure_fails_and_is_named(server, capsys, monkeypatch):
    wrong = tuple(
        (role, party, "820.01" if role == "fulfiller" else share)
        for role, party, share in case.SPLIT
    )
    monkeypatch.setattr(case, "SPLIT", wrong)
    assert story.main(server.base_url, server.database) == 1
    complaint = capsys.readouterr().err
    assert "split: expected" in complaint
    assert "820.01" in complaint


def test_a_story_that_breaks_off_says_where(server, capsys, monkeypatch):
    monkeypatch.setattr(case, "SKU", "E-9999")
    assert story.main(server.base_url, server.database) == 1
    complaint = capsys.readouterr().err
    assert "broke off" in complaint
    assert "E-9999" in complaint


def test_the_story_runs_as_a_program(server):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dev.story",
            "--base-url",
            server.base_url,
            "--db",
            server.database,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Every figure is as expected" in done.stdout


@pytest.mark.parametrize(("text", "columns"), [("C2", 2), ("春熙路店", 8), ("店 A", 4)])
def test_chinese_takes_two_columns(text, columns):
    assert width(text) == columns


def test_columns_line_up_under_chinese():
    lines = table(("store", "km"), (("春熙路店", "0.8"), ("A", "12.0")), right=(1,))
    assert {width(line) for line in lines} == {width(lines[1])}
