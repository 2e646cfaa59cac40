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


def uninstall_hook(env):
    """Let the addon's tables go as a whole.

    Odoo deletes shipped records one by one before it drops their tables; those that
    users' records refer to (a region with areas) would each be an error in the log. The
    function that checks the split's postings belongs to no table.
    """
    env.cr.execute("DROP FUNCTION IF EXISTS o2o_split_line_check CASCADE")
    env["ir.model.data"].search(
        [("module", "=", "o2o_channel"), ("model", "=like", "o2o.%")]
    ).unlink()
