"""A person at headquarters enters an order and uploads a file of orders."""

import csv

HEADER = (
    "external_ref",
    "ordered_at",
    "consumer_name",
    "consumer_phone",
    "province",
    "city",
    "district",
    "street",
    "sku",
    "quantity",
    "price",
)


def _write_orders(path):
    """A file as Excel saves it in China, with one product that doesn't exist."""
    with open(path, "w", encoding="gb18030", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for number, sku in enumerate(("E-1001", "NOPE", "E-2001")):
            address = ("四川", "成都", "锦江区", "春熙路1号")
            when = "2026/11/20 10:00"
            consumer = ("李雷", "13800138000")
            table.writerow(
                (f"WX-{number}", when, *consumer, *address, sku, "1", "1130.00")
            )


def test_a_file_is_uploaded_and_looked_at_before_anything_is_imported(visit, tmp_path):
    _write_orders(tmp_path / "orders.csv")
    page = visit("hq", "demo").open(
        "/odoo/action-o2o_channel.o2o_order_import_wizard_action",
        ".modal .o_form_view",
    )
    page.fill(".modal div[name=channel_id] input", "Tmall")
    page.click(".dropdown-item:has-text('Tmall')")
    page.set_input_files(".modal input[type=file]", tmp_path / "orders.csv")
    page.wait_for_selector(".modal .o_clear_file_button")
    page.click(".modal button[name=action_upload]")
    rows = page.locator("div[name=preview_row_ids] .o_data_row")
    rows.first.wait_for()
    assert rows.count() == 3
    assert "NOPE" in rows.first.inner_text()
    assert page.locator("button[name=action_import]").is_visible()
    assert page.locator("button[name=action_download_rejected]").is_visible()
    with page.expect_download() as download:
        page.click("button[name=action_download_rejected]")
    assert download.value.suggested_filename == "orders-rejected.xlsx"


def test_the_order_s_own_page_shows_where_it_comes_from_and_goes(visit):
    page = visit("hq", "demo").open("/odoo/o2o-orders", ".o_list_view .o_data_row")
    page.click(".o_data_row >> nth=0 >> td[name=name]")
    page.click("a.nav-link[name=o2o]")
    page.wait_for_selector("div[name=o2o_region_id]")
    assert page.locator("div[name=o2o_region_id] input").input_value()
    assert page.locator("div[name=o2o_route_state]").inner_text().strip()
