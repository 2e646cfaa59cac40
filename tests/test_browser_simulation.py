"""A planner tries a rule on past orders: the screens."""

import pytest

from .support.pictures import picture

FORM = "/odoo/o2o-simulations/{}"


@pytest.fixture(scope="module")
def simulation(odoo, running_server):
    """A simulation of the demo's orders that has run; and one that has not."""
    return odoo.shell(
        running_server.database,
        """
company = env["sale.order"].search([("dispatch_ids", "!=", False)], limit=1).company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
trial = env["o2o.routing.rule"].create({
    "name": "Nearer Stores", "company_id": company.id, "sequence": 1, "max_distance_km": 3,
    "accept_minutes": 15})
trial.state = "draft"
job = env["o2o.routing.simulation"].create({
    "name": "3 km instead of no limit", "company_id": company.id, "seed": 1,
    "rule_ids": [(6, 0, trial.ids)]})
job._begin()
for _chunk in job._process():
    pass
waiting = job.copy({"name": "Waiting"})
env["res.lang"]._activate_lang("zh_CN")
env.cr.commit()
result = {"id": job.id, "waiting": waiting.id, "rule": trial.id, "state": job.state,
          "orders": job.replayed_count}
""",
    )


def test_the_result_is_read(simulation, visit):
    assert simulation["state"] == "done"
    assert simulation["orders"] > 3
    visitor = visit("hq", "demo")
    page = visitor.open(
        FORM.format(simulation["id"]),
        ".o_form_view .o_list_renderer, .o_kanban_renderer",
    )
    assert page.get_by_text("Minutes to Accept, Mean").first.is_visible()
    picture(page, "simulation", full_page=True)
    page.click("a[name=shares]")
    page.wait_for_selector("[name=share_ids] .o_progressbar")
    picture(page, "simulation-shares", full_page=True)
    assert visitor.overflow() == 0
    page.click("button[name=action_view_orders]")
    # the form that is left has lists of its own
    page.wait_for_selector(".o_action.o_list_view .o_data_row")
    picture(page, "simulation-orders")
    page.locator(".o_action.o_list_view .o_data_row .o_data_cell").first.click()
    page.wait_for_selector("[name=story] ol")
    assert page.get_by_text("after").first.is_visible()
    picture(page, "simulation-order", full_page=True)
