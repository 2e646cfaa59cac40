from odoo import api, fields, models
from odoo.tools import SQL

KEPT_HOURS = 24  # much longer than any transaction


class O2oIntakeClaim(models.Model):
    """Who is just taking an order or a consumer, seen across transactions.

    Two transactions that take the same thing don't see each other. The second one
    waits here until the first is through, is then refused by PostgreSQL as not
    serialisable, and is replayed by Odoo when it can see what the first has made.
    """

    _name = "o2o.intake.claim"
    _description = "Claim on an Order or Consumer"

    key = fields.Char(required=True)

    _key_uniq = models.Constraint("UNIQUE(key)", "Claimed already.")

    @api.model
    def _claim(self, keys):
        """Wait for other transactions with one of ``keys``; the first one goes on."""
        now = self.env.cr.now()
        for key in sorted(set(keys)):  # one order for all, against deadlocks
            self.env.cr.execute(
                SQL(
                    "INSERT INTO o2o_intake_claim (key, create_date, write_date)"
                    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                    key,
                    now,
                    now,
                ),
                log_exceptions=False,
            )

    @api.autovacuum
    def _gc_claims(self):
        """Claims of transactions that ended long ago."""
        self.search([("create_date", "<", f"-{KEPT_HOURS}H")], limit=100_000).unlink()
