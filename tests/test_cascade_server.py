"""Random cascades through several Odoo processes; the whole of it is in `make bench`."""

import pytest

from .support.cascade_server import breaches, drive, prepare

ORDERS = 60


# Odoo logs what it replays (two that wait for each other too), and what it tells people
@pytest.mark.log_allowed(r"odoo\.http: |odoo\.service\.model: |deadlock detected")
def test_random_cascades_break_no_invariant(odoo, fresh_db, new_server):
    database = fresh_db("test")
    story = prepare(odoo, database, orders=ORDERS)
    server = new_server(database, workers=4)
    done, faults = drive(server, story, seed=2026)
    assert not faults, faults
    for what in (
        "accept",
        "reject",
        "expire",
        "move",
        "cancel",
        "hand back",
        "put in force",
    ):
        assert done[what], f"no {what} among {done}"
    assert breaches(lambda sql: odoo.databases.query(database, sql), story) == {}
