def migrate(cr, version):
    """The stores' trust per category is for the channel's staff from now on.

    The former view asks for it without naming them. It is written anew in a moment, but
    until then each view it is combined with would log a warning.
    """
    cr.execute(
        """UPDATE ir_ui_view
              SET arch_db = replace(arch_db::text, 'invisible=\\"o2o_trust_ids\\"', '')::jsonb
            WHERE model = 'stock.warehouse'
              AND arch_db::text LIKE '%o2o\\_trust\\_ids%'"""
    )
