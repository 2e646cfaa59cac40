"""The books of random lives, read by another program: Beancount finds nothing wrong."""

import pytest

from .support.beancount_book import EXPORT, check_book, write_book
from .support.split_life import live

HISTORIES, STEPS, SEED = 4, 6, 5


@pytest.fixture(scope="module")
def books(odoo, module_db):
    code = live(HISTORIES, STEPS, SEED) + EXPORT.replace("COMPANY", "case.company.id")
    return odoo.shell(module_db("test"), code)


def test_beancount_finds_entries_balanced_and_clearing_as_reported(books):
    complaints, entries = check_book(write_book(books))
    assert not complaints
    assert entries >= HISTORIES
    assert any(float(owed) for owed in books["clearing"].values())


def test_beancount_notices_a_cent(books):
    """What the check is worth: a wrong item and a wrong report are complained of."""
    items = [list(item) for item in books["items"]]
    items[0][-1] = str(float(items[0][-1]) + 0.01)
    complaints, _entries = check_book(write_book({**books, "items": items}))
    assert any("does not balance" in text for text in complaints)
    partner = next(iter(books["clearing"]))
    wrong = {partner: str(float(books["clearing"][partner]) + 0.01)}
    report = {**books, "clearing": {**books["clearing"], **wrong}}
    complaints, _entries = check_book(write_book(report))
    assert any("Balance failed" in text for text in complaints)
