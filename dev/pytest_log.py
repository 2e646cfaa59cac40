"""pytest plugin of the Odoo tests: a test that logs a WARNING or worse fails.

Odoo's own runner counts logged errors; pytest-odoo doesn't. Messages that a test
expects (`assertLogs`, `mute_logger`) never reach the root logger and so aren't seen.
"""

import logging

import pytest

from dev import odoo_log


class Collector(logging.Handler):
    """Keeps the complaints of one test."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.complaints = []

    def emit(self, record):
        """Keep a record of Odoo unless it is on the list of allowed ones."""
        text = f"{record.name}: {record.getMessage()}"
        if record.name.startswith("odoo") and not odoo_log.allowed(text):
            self.complaints.append(f"{record.levelname} {text}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Run one test with its complaints collected."""
    collector = Collector()
    logging.getLogger().addHandler(collector)
    try:
        outcome = yield
    finally:
        logging.getLogger().removeHandler(collector)
    if collector.complaints:
        pytest.fail(
            "the log complains:\n" + "\n".join(collector.complaints), pytrace=False
        )
    return outcome
