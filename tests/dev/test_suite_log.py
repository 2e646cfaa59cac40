"""Reading what Odoo's test runner logs, and comparing two runs."""

from dev import suite_log
from dev.commands.suites import _judge

HEAD = "2026-11-22 20:00:00,123 4711"
TEST = "odoo.addons.sale.tests.test_sale_flow"


def log(*lines):
    return suite_log.read(f"{HEAD} {line}" for line in lines)


def test_started_skipped_and_failed_tests_are_told_apart():
    found = log(
        f"INFO db {TEST}: Starting TestFlow.test_one ... ",
        f"INFO db {TEST}: Starting TestFlow.test_two ... ",
        f"INFO db {TEST}: skipped TestFlow.test_two : not now",
        f"ERROR db {TEST}: FAIL: TestFlow.test_one",
        "INFO db odoo.service.server: 2 post-tests in 1.50s, 300 queries",
    )
    assert found.of("sale") == [2, 1, 1]
    assert found.of("sale_stock") == [0, 0, 0]
    assert found.failed == {"sale:TestFlow.test_one"}
    assert found.ended


def test_a_subtest_counts_as_its_test_and_a_class_as_itself():
    found = log(
        f"ERROR db {TEST}: FAIL: Subtest TestFlow.test_one (case='a')",
        f"ERROR db {TEST}: ERROR: Subtest TestFlow.test_one (case='b')",
        "ERROR db odoo.tests.suite: ERROR: setUpClass (odoo.addons.sale.tests.test_x.TestX)",
    )
    assert found.failed == {"sale:TestFlow.test_one", "sale:TestX"}
    assert not found.ended


def test_a_complaint_within_a_test_is_no_failure():
    found = log(f"ERROR db odoo.sql_db: bad query: FAIL: {TEST} TestFlow.test_one")
    assert found.failed == set()


def judged(capsys, without, with_addon, broken=()):
    status = _judge(without, with_addon, set(broken))
    return status, capsys.readouterr().out


def test_what_fails_on_both_is_no_fault_of_the_addon(capsys):
    start = f"INFO db {TEST}: Starting TestFlow.test_one ... "
    same = log(start, f"ERROR db {TEST}: FAIL: TestFlow.test_one")
    status, told = judged(capsys, same, same)
    assert status == 0
    assert "1 fail on both databases\n    sale:TestFlow.test_one" in told


def test_what_fails_or_is_left_out_with_the_addon_alone_is(capsys):
    start = f"INFO db {TEST}: Starting TestFlow.test_one ... "
    fine, failed = log(start), log(start, f"ERROR db {TEST}: ERROR: TestFlow.test_one")
    assert judged(capsys, fine, failed, {"sale:TestFlow.test_one"})[0] == 1
    assert judged(capsys, fine, failed)[0] == 0  # passed when repeated
    assert judged(capsys, fine, log())[0] == 1
