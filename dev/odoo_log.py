"""Read Odoo's log: a WARNING or worse is a failure unless it is listed here with its cause."""

import re

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<text>.*)$"
)
BAD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}

# (pattern, cause): what Odoo or Debian's build of it logs and we can't change.
ALLOWED = [
    (
        r"Could not get content for mail/static/lib/selfie_segmentation/selfie_segmentation\.js",
        "Debian removes this file from its package (no source); only video backgrounds need it.",
    ),
    (
        r"bad query: b'CREATE EXTENSION IF NOT EXISTS (pg_trgm|unaccent)'|Unable to create PostgreSQL extensions",
        "The embedded PostgreSQL has no contrib extensions; Odoo works without them.",
    ),
    (
        r"odoo\.addons\.(iap|partner_autocomplete)\.|'Publisher: Update Notification'",
        "Odoo's own web services (company look-up, news of the publisher) can't be reached from a closed network.",
    ),
    (
        r"bad query: [\s\S]*\nERROR: +could not serialize access",
        "Two transactions met; PostgreSQL has one of them repeated, and Odoo repeats it.",
    ),
    (
        r"Error during stock scheduler[\s\S]*psycopg2\.errors\.SerializationFailure"
        r"|'Procurement: run scheduler'[\s\S]*psycopg2\.errors\.SerializationFailure"
        r"|Exception in cron:[\s\S]*psycopg2\.errors\.SerializationFailure",
        "Odoo's nightly scheduler or its loop of jobs met another transaction; it is a job and runs again.",
    ),
    (
        r"(bad query: |server action #\d+ failed|Exception in cron:|ir_autovacuum: Failed )"
        r"[\s\S]*(InterfaceError|ERROR): (cursor|connection) already closed",
        "The server was told to stop in the middle of a job; its transaction is undone and it runs again.",
    ),
    (
        r"odoo\.service\.server: Thread .* virtual real time limit|CPU time limit exceeded",
        "A machine that is busy with other work makes a long request look stuck; the test itself times.",
    ),
]
_ALLOWED = re.compile("|".join(f"(?:{pattern})" for pattern, _cause in ALLOWED))


def allowed(text):
    """Say whether a complaint is one of those listed."""
    return bool(_ALLOWED.search(text))


def problems(text):
    """Return what was logged at level WARNING or worse and isn't allowed, in order."""
    found = []
    for first, record in _records(text):
        match = LINE.match(first)
        if match["level"] in BAD_LEVELS and not allowed(record):
            found.append(_told(first, record))
    return found


def _told(first, record):
    """Return a record's first line and, of a query that failed, what PostgreSQL said."""
    reasons = [line for line in record.splitlines()[1:] if line.startswith("ERROR:")]
    return " | ".join([first, *reasons[:1]])


def _records(text):
    """Yield (first line, whole text) of each record: a traceback belongs to its line."""
    record = []
    for line in text.splitlines():
        if LINE.match(line):
            if record:
                yield record[0], "\n".join(record)
            record = [line]
        elif record:
            record.append(line)
    if record:
        yield record[0], "\n".join(record)
