from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

CALL_CUSTOMER = "o2o_channel.mail_activity_type_o2o_tell"


class O2oDispatch(models.Model):
    """Goods that wait in a store: reminders, and the way back to the shelf."""

    _inherit = "o2o.dispatch"

    ready_at = fields.Datetime(readonly=True, copy=False)
    pickup_until = fields.Datetime(
        string="Kept Until",
        readonly=True,
        copy=False,
        help="What is not collected by then goes back to the store's stock.",
    )
    pickup_next_at = fields.Datetime(readonly=True, copy=False)
    pickup_reminded = fields.Integer(string="Reminders", readonly=True, copy=False)
    pickup_uncollected = fields.Boolean(
        string="Not Collected",
        readonly=True,
        copy=False,
        help="The customer did not come. Nothing is sent instead: headquarters refunds "
        "the customer, or has the store keep the goods ready again.",
    )
    wanted_warehouse_id = fields.Many2one(
        related="order_id.o2o_pickup_warehouse_id", string="Customer's Store"
    )

    _pickup_next_idx = models.Index("(pickup_next_at) WHERE state = 'ready'")

    def _start_waiting(self):
        """Override: note until when the goods are kept, and when to remind."""
        super()._start_waiting()
        now = fields.Datetime.now()
        until = fields.Datetime.add(now, days=self.company_id.o2o_pickup_days)
        self.write({"ready_at": now, "pickup_until": until, "pickup_reminded": 0})
        self._plan_waiting(now)

    def _plan_waiting(self, now):
        """Set when something has to be done next: a reminder, or the end."""
        days = self.company_id._o2o_get_reminder_days()
        moments = [fields.Datetime.add(self.ready_at, days=day) for day in days]
        coming = [moment for moment in moments if now < moment < self.pickup_until]
        self.pickup_next_at = min(coming, default=self.pickup_until)

    @api.model
    def _cron_pickup_wait(self, batch=200):
        """Remind customers, and take back what nobody collects. Commits leg by leg,
        so a run that is broken off goes on where it was."""
        self._run_leg_by_leg(
            Domain("state", "=", "ready")
            & Domain("pickup_next_at", "<=", fields.Datetime.now()),
            lambda leg: leg._wait_on(),
            batch,
            "o2o_channel.ir_cron_o2o_pickup_wait",
        )

    def _wait_on(self):
        now = fields.Datetime.now()
        if now >= self.pickup_until:
            self._take_back_uncollected()
            return
        if self._get_consumer_email():
            template = self.env.ref("o2o_channel.mail_template_pickup_reminder")
            self._mail_consumer(template)
        else:
            self._ask_to_call_customer()
        self.pickup_reminded += 1
        # one mail, even when the action did not run for days
        self._plan_waiting(now)

    def _ask_to_call_customer(self):
        """Headquarters tells a customer without a mail address: once until it is done."""
        self._close_customer_call()
        self.activity_schedule(
            CALL_CUSTOMER,
            user_id=self._get_manager().id,
            note=self.env._(
                "%(leg)s waits in %(store)s until %(until)s, and no mail address of the "
                "customer is known. Call %(phone)s; the button New Pickup Code shows a "
                "code to tell.",
                leg=self.name,
                store=self.warehouse_id.name,
                until=self._local_time(self.pickup_until),
                phone=self.order_id.o2o_consumer_phone or self.order_id.name,
            ),
        )

    def _deliver(self, note=None):
        """Override: there is nothing left to tell."""
        self._close_customer_call()
        return super()._deliver(note)

    def _after_end(self, state):
        """Override: there is nothing left to tell."""
        super()._after_end(state)
        self._close_customer_call()

    def _close_customer_call(self):
        if self.delivery_mode == "pickup":
            self.activity_unlink([CALL_CUSTOMER])

    def _take_back_uncollected(self):
        """The goods are free again; headquarters settles the matter with the customer."""
        days = self.company_id.o2o_pickup_days
        # first: it keeps the order from being routed anew
        self.pickup_uncollected = True
        self._cancel(self.env._("Not collected within %(days)s days", days=days))
        self.order_id.activity_schedule(
            "o2o_channel.mail_activity_type_o2o_uncollected",
            user_id=self._get_manager().id,
            note=self.env._(
                "%(leg)s was not collected in %(store)s. Its goods are back in the "
                "store's stock: refund the customer.",
                leg=self.name,
                store=self.warehouse_id.name,
            ),
        )

    def action_pickup_again(self):
        """The customer comes after all: the store is asked once more."""
        for leg in self._for_action():
            if not leg.pickup_uncollected:
                raise UserError(
                    self.env._("%(leg)s is not waiting for that.", leg=leg.name)
                )
            leg._check_order_open()
            leg.pickup_uncollected = False
            leg.order_id.activity_unlink(
                ["o2o_channel.mail_activity_type_o2o_uncollected"]
            )
            leg.order_id._o2o_route()
        return True

    def _queue_exception(self, note):
        """Override: nobody ships what the customer wants to collect; say so."""
        wanted = self.wanted_warehouse_id
        if self.delivery_mode == "pickup" and wanted:
            note = self.env._(
                "%(note)s. The customer chose to collect in %(store)s: ask before "
                "another store, or a carrier, gets it.",
                note=note,
                store=wanted.name,
            )
        super()._queue_exception(note)
