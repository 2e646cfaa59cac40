{
    "name": "O2O Dealer Channel",
    "summary": "Route online orders to dealers, split the money to the cent, settle at month-end",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sales",
    "website": "https://github.com/o2o-channel/o2o_channel",
    "author": "o2o_channel maintainers",
    "license": "LGPL-3",
    "application": True,
    "depends": [
        "sale_stock",
        "stock_account",
        "portal",
        "partnership",  # dealer grades that carry a pricelist
        "phone_validation",
    ],
    "external_dependencies": {"python": ["jsonschema", "openpyxl", "qrcode"]},
    "data": [
        "security/groups.xml",
        # network
        "security/network/ir.model.access.csv",
        "security/network/rules.xml",
        "data/network/ir_sequence_data.xml",
        "data/network/res_partner_grade_data.xml",
        "data/network/o2o.region.csv",
        "data/network/mail_template_data.xml",
        "data/network/ir_cron_data.xml",
        "views/network/o2o_dealer_change_action.xml",
        "views/network/res_partner_views.xml",
        "views/network/res_partner_dealer_form_views.xml",
        "views/network/o2o_region_views.xml",
        "views/network/o2o_coverage_views.xml",
        "views/network/o2o_online_authorization_views.xml",
        "views/network/o2o_online_authorization_form_views.xml",
        "views/network/o2o_channel_views.xml",
        "views/network/portal_layout.xml",
        "views/network/portal_authorization.xml",
        "views/network/portal_authorization_form.xml",
        # stock
        "security/stock/ir.model.access.csv",
        "views/stock/stock_warehouse_views.xml",
        "views/stock/res_partner_views.xml",
        # order
        "security/order/ir.model.access.csv",
        "data/order/mail_activity_type_data.xml",
        "views/order/res_partner_views.xml",
        "views/order/sale_order_views.xml",
        "views/order/sale_order_actions.xml",
        # routing
        # attribution
        "security/attribution/ir.model.access.csv",
        "security/attribution/rules.xml",
        "views/attribution/o2o_guide_views.xml",
        "views/attribution/sale_order_views.xml",
        # split
        # settlement
        # intake
        # menus last: they name actions of every room
        "views/menus.xml",
    ],
    "demo": [],
    "assets": {},
    "images": [],
    "installable": True,
}
