from odoo import models


class O2oDispatch(models.Model):
    """How a store hears of an offer. Nothing here names the consumer."""

    _inherit = "o2o.dispatch"

    def _notify_offer(self, stores):
        """Override: queue a notice for each store that wants one."""
        super()._notify_offer(stores)
        wanted = stores.filtered(
            lambda one: one.o2o_offer_notice not in (False, "none")
        )
        if wanted:
            self.env["o2o.dispatch.notice"]._queue(self, wanted)

    def _is_open_for(self, store):
        """The store may still answer."""
        if self.state != "offered":
            return False
        return self.warehouse_id == store or bool(
            self.offer_ids.filtered(
                lambda one: one.warehouse_id == store and one.state == "open"
            )
        )

    def _mail_offer(self, store):
        """One mail to each of the dealer's people who wants them; how many."""
        template = self.env.ref("o2o_channel.mail_template_offer")
        people = store.dealer_id._o2o_offer_recipients(store)
        for partner in people:
            context = {"o2o_store": store.name, "o2o_lang": partner.lang or "en_US"}
            template.with_context(**context).send_mail(
                self.id,
                # without the document: the consumer's papers have no such mails
                email_values={
                    "email_to": partner.email_formatted,
                    "recipient_ids": [],
                    "model": False,
                    "res_id": False,
                },
            )
        return len(people)

    def _ask_to_call(self, store):
        """Headquarters calls a store that reads no mail."""
        self.activity_schedule(
            "o2o_channel.mail_activity_type_o2o_call",
            user_id=self._get_manager().id,
            note=self.env._(
                "Call %(store)s: %(leg)s waits for an answer until %(until)s.",
                store=store.name,
                leg=self.name,
                until=self._local_time(self.deadline),
            ),
        )

    def _after_accept(self):
        """Override: there is nobody left to call."""
        super()._after_accept()
        self._close_call()

    def _after_end(self, state):
        """Override: there is nobody left to call."""
        super()._after_end(state)
        self._close_call()

    def _close_call(self):
        called = self.env.ref("o2o_channel.mail_activity_type_o2o_call", False)
        if called and any(one.activity_type_id == called for one in self.activity_ids):
            self.activity_unlink(["o2o_channel.mail_activity_type_o2o_call"])
