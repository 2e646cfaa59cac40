"""Random lives of the channel in Odoo's shell, committed, so that the books can be read."""

# The addon's own test case outside of the test runner; FIGURES: histories, steps, seed;
# POSTING: when their shares are booked.
LIVE = """
from odoo.tests.common import TransactionCase
TransactionCase.setUpClass = classmethod(lambda cls: None)
from odoo.addons.o2o_channel.tests import test_split_history as module
Case = module.TestSplitHistory
module.HISTORIES, module.STEPS, module.SEED = FIGURES
Case.env, Case.registry = env, env.registry
Case.setUpClass()
warehouses, own = Case.env["stock.warehouse"], [("company_id", "=", Case.company.id)]
if not warehouses.search([*own, ("dealer_id", "=", False)]):  # made by Odoo in tests only
    warehouses.create({"name": "HQ", "code": "HQ", "company_id": Case.company.id})
Case.company.o2o_split_posting = POSTING
case = Case("test_random_histories")
case.test_random_histories()
env.cr.commit()
"""


def live(histories, steps, seed, posting="per_dispatch"):
    """Return the code of so many histories; it leaves the case in ``case``."""
    code = LIVE.replace("POSTING", repr(posting))
    return code.replace("FIGURES", repr((histories, steps, seed)))
