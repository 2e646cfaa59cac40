from odoo.tools import SQL


def post_init_hook(env):
    """Turn price lists on: without them a tier's grade carries no price.

    Same effect as the setting Sales > Pricing > Pricelists, and like it harmless
    where it was on before.
    """
    pricelists = env.ref("product.group_product_pricelist")
    if env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
        return
    env.ref("base.group_user")._apply_group(pricelists)
    env["res.company"]._activate_or_create_pricelists()


# Shipped records that are the addon's own machinery; the others are business records.
MACHINERY = ("ir.", "mail.", "res.groups")


def uninstall_hook(env):
    """Let the addon's tables go as a whole and leave the company's records alone.

    Odoo deletes shipped records one by one before it drops their tables. What users'
    records refer to (a region with areas, a demo store with deliveries) would each be an
    error in the log; products, contacts and stores that were traded stay for the books.
    The functions that check postings and keep seals belong to no table.
    """
    for function in (
        "o2o_split_line_check",
        "o2o_split_line_freeze",
        "o2o_clearing_line_freeze",
        "o2o_settlement_seal_keep",
    ):
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(function))
        )
    shipped = env["ir.model.data"].search([("module", "=", "o2o_channel")])
    shipped.filtered(lambda data: not data.model.startswith(MACHINERY)).unlink()
