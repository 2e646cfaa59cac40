"""The judge of Odoo's log."""

import re

import pytest

from dev import odoo_log

HEAD = "2026-11-22 20:00:00,123 4711"


def test_a_warning_is_a_problem():
    line = f"{HEAD} WARNING o2o_demo odoo.models: something is wrong"
    assert odoo_log.problems(f"{HEAD} INFO o2o_demo odoo: fine\n{line}\n") == [line]


def test_text_that_only_mentions_an_error_is_none():
    assert odoo_log.problems("ERROR in a traceback\n  WARNING: indented") == []


def test_listed_complaints_are_allowed():
    text = "odoo.addons.base: Could not get content for mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    assert odoo_log.problems(f"{HEAD} ERROR db {text}") == []


def test_each_exception_has_a_pattern_and_a_cause():
    for pattern, cause in odoo_log.ALLOWED:
        re.compile(pattern)
        assert cause.endswith(".") and len(cause) > 40


def test_a_repeated_transaction_is_allowed_and_another_bad_query_is_not():
    line = f"{HEAD} ERROR db odoo.sql_db: bad query: b'UPDATE x'"
    repeated = f"{line}\nERROR: could not serialize access due to concurrent update\n"
    broken = f'{line}\nERROR: column "y" does not exist\n'
    assert odoo_log.problems(repeated) == []
    told = f'{line} | ERROR: column "y" does not exist'
    assert odoo_log.problems(broken + repeated) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "WARNING db odoo.addons.base.models.ir_cron: Exception in cron: ",
        "ERROR db odoo.addons.base.models.ir_cron: Job 'Digest Emails' (15) server action #225 failed ",
        "ERROR db odoo.addons.base.models.ir_autovacuum: Failed ir.http()._gc_sessions() ",
    ],
)
def test_a_job_cut_off_by_the_shutdown_is_allowed_and_a_broken_one_is_not(text):
    line = f"{HEAD} {text}"
    traceback = 'Traceback (most recent call last):\n  File "fields.py", line 1702\n'
    cut = f"{line}\n{traceback}psycopg2.InterfaceError: cursor already closed\n"
    broken = f"{line}\n{traceback}ValueError: wrong\n"
    assert odoo_log.problems(cut) == []
    assert odoo_log.problems(broken) == [line]
