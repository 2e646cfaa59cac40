import hashlib
import hmac
import io
import secrets

import qrcode

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

CODE_DIGITS = 8
MAX_TRIES = 5  # wrong codes before headquarters has to issue a new one
HASH_ROUNDS = 100_000
PICKUP_URL = "/my/o2o/pickup"


class O2oDispatch(models.Model):
    """Handing goods over in the store against a one-time code of the consumer.

    The consumer gets eight digits to say and a QR code to show. The QR code holds an
    address that nobody can guess and that says nothing of the consumer. Both are kept
    as hashes only."""

    _inherit = "o2o.dispatch"

    pickup_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    # of 192 random bits: needs no salt, so it can be looked up
    pickup_token_hash = fields.Char(
        readonly=True, copy=False, groups=fields.NO_ACCESS, index="btree_not_null"
    )
    pickup_tries = fields.Integer(
        string="Wrong Codes",
        readonly=True,
        copy=False,
        help="After 5 wrong codes headquarters has to issue a new one.",
    )

    def action_ready(self):
        """The goods wait in the store. Returns the consumer's code, which is told
        once and stored as a hash only."""
        self.ensure_one()
        leg = self._for_action()
        leg._check_order_open()
        if leg.delivery_mode != "pickup":
            raise UserError(
                self.env._(
                    "%(leg)s is delivered to the customer's home: ship it instead.",
                    leg=leg.name,
                )
            )
        leg._move_to("ready")
        leg._start_waiting()
        if not leg._get_consumer_email():
            leg._ask_to_call_customer()
        return leg._issue_code()

    def _start_waiting(self):
        """Hook: the goods wait for the customer from now on."""

    def _ask_to_call_customer(self):
        """Hook: no mail reaches the customer; somebody has to call."""

    def _close_customer_call(self):
        """Hook: nobody has to call any more."""

    def action_new_pickup_code(self):
        """Headquarters issues another code, when one was lost or blocked."""
        self.ensure_one()
        leg = self._for_action()
        if leg.state != "ready":
            raise UserError(leg._refusal_text())
        leg._log_event(
            "ready", "ready", self.env._("New pickup code"), leg.warehouse_id
        )
        leg._close_customer_call()
        code = leg._issue_code()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "sticky": True,
                "title": self.env._("Pickup code of %(leg)s", leg=leg.name),
                "message": self.env._(
                    "%(code)s. Tell it to the customer; it is not shown again.",
                    code=code,
                ),
            },
        }

    def _issue_code(self):
        code = "".join(secrets.choice("0123456789") for _n in range(CODE_DIGITS))
        salt = secrets.token_hex(8)
        token = secrets.token_urlsafe(24)
        self.write(
            {
                "pickup_hash": f"{salt}${_digest(salt, code)}",
                "pickup_token_hash": _token_digest(token),
                "pickup_tries": 0,
            }
        )
        self._send_pickup_code(code, token)
        return code

    def _get_consumer_email(self):
        return self.order_id.partner_shipping_id.email or self.order_id.partner_id.email

    def _send_pickup_code(self, code, token):
        """Tell the consumer by mail; the mail is deleted once it is sent."""
        url = f"{self.get_base_url()}{PICKUP_URL}/{token}"
        template = self.env.ref("o2o_channel.mail_template_pickup_code")
        self._mail_consumer(template.with_context(o2o_pickup_code=code), _qr_png(url))

    def _mail_consumer(self, template, qr=None):
        """Write to the consumer, if an address is known, in the company's name.

        Not as the clerk who has the goods ready: who wrote a mail may read it."""
        email = self._get_consumer_email()
        if not email:
            return
        company = self.company_id
        values = {
            "author_id": company.partner_id.id,
            "email_from": company.email_formatted,
            "email_to": email,
            "recipient_ids": [],
            # without the document: a code must not stand in the leg's chatter
            "model": False,
            "res_id": False,
        }
        template = template.with_user(SUPERUSER_ID)
        mail = template.env["mail.mail"].browse(
            template.send_mail(self.id, email_values=values)
        )
        if qr:
            self._attach_qr(mail, qr)

    def _attach_qr(self, mail, png):
        """Mail programs show attached pictures, many show no others. The mail owns it
        and takes it along when it is deleted."""
        picture = mail.env["ir.attachment"].create(
            {
                "name": "pickup-qr.png",
                "raw": png,
                "mimetype": "image/png",
                "res_model": "mail.message",
                "res_id": mail.mail_message_id.id,
            }
        )
        mail.attachment_ids = [fields.Command.link(picture.id)]

    def action_verify_pickup(self, code):
        """Hand the goods over against the consumer's code, or raise and say why."""
        self.ensure_one()
        leg = self._for_action()
        problem = leg._try_pickup(code)
        if problem:
            # the exception undoes the count of wrong codes: count again afterwards
            self.env.cr.postrollback.add(leg._count_wrong_code_apart)
            raise UserError(problem)
        return True

    def _try_pickup(self, code):
        """Deliver the leg if the code is right; else a sentence that says why not.

        A wrong code is counted, so the caller must not roll back."""
        self.ensure_one()
        problem = self._get_pickup_problem()
        if problem:
            return problem
        salt, digest = self.pickup_hash.split("$")
        if not hmac.compare_digest(digest, _digest(salt, (code or "").strip())):
            self.pickup_tries += 1
            return self.env._(
                "This is not the code of %(leg)s. %(left)s tries are left.",
                leg=self.name,
                left=MAX_TRIES - self.pickup_tries,
            )
        self._hand_to_customer(self.env._("Pickup code verified"))
        return None

    def _try_pickup_token(self, token):
        """As `_try_pickup`, with what the QR code holds."""
        self.ensure_one()
        problem = self._get_pickup_problem()
        if problem:
            return problem
        if not hmac.compare_digest(self.pickup_token_hash or "", _token_digest(token)):
            return self.env._("This QR code was replaced by a newer one.")
        self._hand_to_customer(self.env._("QR code verified"))
        return None

    def _find_by_pickup_token(self, token, domain):
        """The leg of a QR code among those of `domain`; empty when there is none."""
        return self.search(
            fields.Domain("pickup_token_hash", "=", _token_digest(token)) & domain
        )

    def _get_pickup_problem(self):
        """Why nothing can be handed over, whatever is shown; None when it can."""
        if self.state == "delivered":
            event = self.event_ids.filtered(lambda e: e.state_to == "delivered")[-1:]
            return self.env._(
                "%(leg)s was already collected %(when)s by %(who)s.",
                leg=self.name,
                when=self._local_time(self.delivered_at),
                who=event.user_id.name or "?",
            )
        if self.state != "ready" or not self.pickup_hash:
            return self._refusal_text()
        if self.pickup_tries >= MAX_TRIES:
            return self.env._(
                "%(leg)s is blocked after %(count)s wrong codes. Ask headquarters for a "
                "new code.",
                leg=self.name,
                count=MAX_TRIES,
            )
        return None

    def _hand_to_customer(self, note):
        self._validate_pickings()
        self._deliver(note)

    def _count_wrong_code_apart(self):
        """Count a wrong code in a transaction of its own; the first was undone."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """UPDATE o2o_dispatch SET pickup_tries = COALESCE(pickup_tries, 0) + 1
                        WHERE id = %s AND state = 'ready' AND COALESCE(pickup_tries, 0) < %s""",
                    self.id,
                    MAX_TRIES,
                )
            )


def _digest(salt, code):
    return hashlib.pbkdf2_hmac(
        "sha256", code.encode(), salt.encode(), HASH_ROUNDS
    ).hex()


def _token_digest(token):
    return hashlib.sha256((token or "").encode()).hexdigest()


def _qr_png(text):
    stream = io.BytesIO()
    qrcode.make(text, box_size=6, border=3).save(stream, format="PNG")
    return stream.getvalue()
