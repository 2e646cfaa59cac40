"""Read what Odoo's test runner logs: which tests ran, which failed, which were skipped."""

import re
from dataclasses import dataclass, field

_TEST = r"\d+ (?P<level>INFO|ERROR) \S+ odoo\.addons\.(?P<module>\w+)\.tests\.\S+: "
_STARTED = re.compile(_TEST + r"Starting (?P<test>[\w.]+) \.\.\.")
_SKIPPED = re.compile(_TEST + r"skipped (?P<test>[\w.]+) : ")
_FAILED = re.compile(_TEST + r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>[\w.]+)")
# setUpClass and tearDownClass are no tests: Odoo tells them by the class, elsewhere in the log
_CLASS = re.compile(
    r"\d+ ERROR \S+ \S+: ERROR: (?:setUp|tearDown)Class "
    r"\(odoo\.addons\.(?P<module>\w+)\.tests\.\w+\.(?P<test>\w+)\)"
)
_ENDED = re.compile(r"\d+ post-tests in [\d.]+s")


@dataclass
class SuiteLog:
    """The tests of one run, each as `module:Class.test_method`."""

    started: set = field(default_factory=set)
    skipped: set = field(default_factory=set)
    failed: set = field(default_factory=set)
    ended: bool = False

    def of(self, module):
        """Return the counts (started, skipped, failed) of one module."""
        kinds = (self.started, self.skipped, self.failed)
        return [sum(t.startswith(module + ":") for t in kind) for kind in kinds]


def read(lines):
    """Return what the lines of a log tell."""
    log = SuiteLog()
    for line in lines:
        for pattern, found in (
            (_STARTED, log.started),
            (_SKIPPED, log.skipped),
            (_FAILED, log.failed),
            (_CLASS, log.failed),
        ):
            match = pattern.search(line)
            if match:
                found.add(f"{match['module']}:{match['test']}")
        log.ended = log.ended or bool(_ENDED.search(line))
    return log
