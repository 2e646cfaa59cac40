from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ...engine.explain import smallest_flip, why_not

_lt = LazyTranslate(__name__)

# What would have to be different, by the engine's factor (engine.explain.STEPS).
FLIPS = {
    "distance": _lt("%(change)s km nearer (%(after)s km away instead of %(before)s)"),
    "trust": _lt("a trust of %(after)s instead of %(before)s"),
    "load": _lt("%(change)s orders fewer today (%(after)s instead of %(before)s)"),
    "stock": _lt("%(change)s more in stock"),
    "rating": _lt("a rating of %(after)s instead of %(before)s"),
}


class O2oRoutingDecision(models.Model):
    """Puts the engine's explanation of a decision into words."""

    _inherit = "o2o.routing.decision"

    flip_text = fields.Char(
        string="Smallest Change",
        compute="_compute_flip_text",
        help="The smallest change of one fact of one store by which another store would "
        "have been chosen; found by deciding again with the change.",
    )

    @api.depends("inputs_digest")
    @api.depends_context("lang")
    def _compute_flip_text(self):
        for decision in self:
            decision.flip_text = decision.has_inputs and decision._get_flip_text()

    def _get_flip_text(self):
        flip = smallest_flip(*self._load())
        if not flip:
            return self._get_runner_up_text()
        return self.env._(
            "%(store)s would have been chosen with %(change)s.",
            store=flip.code,
            change=self._change_text(flip),
        )

    def _get_runner_up_text(self):
        """How far behind the next store is, where no one figure closes the gap."""
        text = self.env._(
            "No change of one figure of one store would have had another one chosen."
        )
        first, *others = self._load_result().candidates or (None,)
        if not first or not others or not others[0].eligible:
            return text
        behind = self.env._(
            "Next was %(store)s with a score of %(score)s against %(first)s.",
            store=others[0].code,
            score=f"{others[0].score:.3f}",
            first=f"{first.score:.3f}",
        )
        return f"{text} {behind}"

    @api.model
    def _change_text(self, flip):
        figures = {
            "before": _figure(flip.before),
            "after": _figure(flip.after),
            "change": _figure(flip.change),
        }
        # pylint: disable=translation-not-lazy
        return self.env._(FLIPS[flip.factor]) % figures

    def action_why(self):
        return self.env["o2o.routing.why"]._open(self)

    # Why not this store?

    def _get_answer(self, store):
        """HTML that says why `store` was or was not asked."""
        self.ensure_one()
        if not self.has_inputs:
            return self._get_answer_of_candidates(store)
        request, nodes, rule = self._load()
        if store.id not in {node.key for node in nodes}:
            return _paragraphs(self._absence_text(store))
        found = why_not(request, nodes, rule, store.id)
        if found.status == "chosen":
            return _paragraphs(self._chosen_text(store, found))
        return (
            _paragraphs(
                self._place_text(store, found),
                self._in_spite_text(store),
                self._lifted_text(found),
            )
            + self._parts_html(store, found)
            + self._flips_html(found)
        )

    def _get_answer_of_candidates(self, store):
        """What is left to say when the inputs are dropped."""
        rows = self._get_first_legs().candidate_ids
        row = rows.filtered(lambda candidate: candidate.warehouse_id == store)[:1]
        if not row:
            return _paragraphs(self._absence_text(store))
        return _paragraphs(
            f"{store.name}: {row.reason}",
            self.env._("The figures of that time are no longer kept."),
        )

    def _absence_text(self, store):
        """Why a store was not even considered."""
        _ = self.env._
        names = {"store": store.name, "company": store.company_id.name}
        if store.company_id != self.company_id:
            return _("%(store)s belongs to %(company)s, not to this company.", **names)
        if not store.dealer_id:
            return _(
                "%(store)s is no dealer's store: orders of a channel are offered to "
                "stores of dealers only. Give it a dealer to have it considered.",
                **names,
            )
        if store.create_date > self.date:
            return _(
                "%(store)s did not exist yet: it was set up on %(created)s, after this "
                "decision.",
                created=self.leg_ids[:1]._local_time(store.create_date),
                **names,
            )
        if not store.active:
            return _("%(store)s is archived: it was not open for orders.", **names)
        return _(
            "%(store)s was not considered: at that time it was archived, in another "
            "company or no dealer's store.",
            **names,
        )

    def _in_spite_text(self, store):
        """How a store that the ranking did not choose came by the order."""
        leg = self.leg_ids.filtered(lambda leg: leg.warehouse_id == store)[:1]
        names = {"store": store.name}
        _ = self.env._
        if not leg:
            return ""
        if leg.is_ask_first or leg.is_pool:
            return _(
                "%(store)s was asked all the same, as nobody else was left: whether it "
                "has the goods was for the store to say.",
                **names,
            )
        if leg.mode == "grab":
            return _("Offered to several stores at once, %(store)s took it.", **names)
        return _("Headquarters gave it to %(store)s by hand.", **names)

    def _chosen_text(self, store, found):
        if not found.candidate.eligible:
            return self.env._(
                "%(store)s was chosen for a part of it, as no store could serve it all.",
                store=store.name,
            )
        return self.env._(
            "%(store)s was chosen: it came first of %(count)s stores that could serve it.",
            store=store.name,
            count=self.eligible_count,
        )

    def _place_text(self, store, found):
        _ = self.env._
        reason = self.env["o2o.dispatch.candidate"]._get_reason_text(found.candidate)
        if found.status == "dropped":
            return _(
                "%(store)s was not chosen. %(reason)s.", store=store.name, reason=reason
            )
        place = _(
            "%(store)s could have served it, but came in place %(rank)s of %(count)s; "
            "%(first)s was chosen.",
            store=store.name,
            rank=found.candidate.rank,
            count=self.eligible_count,
            first=found.rival.code,
        )
        if found.candidate.reason != "eligible":
            return f"{place} {reason}."
        if found.candidate.distance_km is None:
            unknown = _(
                "Its place on the map is unknown, so it comes after the others."
            )
            return f"{place} {unknown}"
        return place

    def _lifted_text(self, found):
        """Where the store would be without what stood in its way."""
        if found.status != "dropped":
            return ""
        _ = self.env._
        also = [
            self.env["o2o.dispatch.candidate"]._get_reason_label(reason)
            for reason in found.lifted[1:]
        ]
        texts = []
        if also:
            texts.append(_("Also in its way: %(reasons)s.", reasons=", ".join(also)))
        if found.lifted_rank == 1:
            texts.append(_("Without that it would have come first."))
        elif found.lifted_rank:
            texts.append(
                _(
                    "Without that it would have come in place %(rank)s.",
                    rank=found.lifted_rank,
                )
            )
        return " ".join(texts)

    def _parts_html(self, store, found):
        """Both scores part by part, the store's beside that of the one asked."""
        mine, first = (
            found.candidate.score_parts,
            found.rival and found.rival.score_parts,
        )
        if not mine or not first:
            return Markup("")
        labels = self.env["o2o.dispatch.candidate"]._get_part_labels()
        rows = [
            (label, getattr(mine, part), getattr(first, part))
            for part, label in labels.items()
            if getattr(mine, part) or getattr(first, part)
        ]
        rows.append((self.env._("Score"), mine.total, first.total))
        head = Markup("<tr><th></th>%s</tr>") % _cells(
            "th", (found.candidate.code, found.rival.code)
        )
        body = Markup("").join(
            Markup('<tr><th scope="row">%s</th>%s</tr>')
            % (label, _cells("td", (f"{ours:.3f}", f"{theirs:.3f}")))
            for label, ours, theirs in rows
        )
        return Markup('<table class="table table-sm w-auto">%s%s</table>') % (
            head,
            body,
        )

    def _flips_html(self, found):
        _ = self.env._
        if not found.flips:
            return _paragraphs(
                _("No change of one figure alone would have had this store chosen.")
            )
        items = Markup("").join(
            Markup("<li>%s</li>") % self._change_text(flip) for flip in found.flips
        )
        title = _("It would have been chosen with one of these, and with nothing less:")
        return Markup("<p>%s</p><ul>%s</ul>") % (title, items)


def _paragraphs(*texts):
    return Markup("").join(Markup("<p>%s</p>") % text for text in texts if text)


def _cells(tag, texts):
    cell = Markup(f'<{tag} class="text-end">%s</{tag}>')
    return Markup("").join(cell % text for text in texts)


def _figure(number):
    """0.5 for 0.50, 3 for 3.000."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
