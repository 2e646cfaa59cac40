"""Write the spreadsheet templates of the imports, the same bytes every time.

    python dev/import_templates.py

A test holds the files in static/xls against what this writes.
"""

import io
import re
import sys
import zipfile
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

FOLDER = Path(__file__).parents[1] / "o2o_channel" / "static" / "xls"
EPOCH = datetime(2026, 1, 1)
WIDTH = 24  # characters

TEMPLATES = {
    "region": (
        ["code", "name", "latin_name", "latitude", "longitude"],
        [
            ["519998", "示例县", "Example County", 30.5, 104.1],
            ["519998100", "示例镇", "Example Town", "", ""],
        ],
    ),
    "dealer": (
        [
            "dealer_code",
            "name",
            "is_dealer",
            "is_company",
            "dealer_kind",
            "dealer_tier",
            "dealer_parent_id",
            "street",
            "city",
            "country_id",
            "phone",
            "email",
            "vat",
            "dealer_contract_ref",
            "dealer_contract_from",
            "dealer_contract_to",
            "dealer_deposit",
            "online_ban",
            "o2o_taxpayer",
        ],
        [
            ["X1", "Example Trade", 1, 1, "Dealer", "Tier 1", "", "1 Example Road"]
            + ["Chengdu", "China", "028 8000 0001", "x1@example.com", "", "HT-2026-101"]
            + ["2026-01-01", "2026-12-31", 20000, 1, "General Taxpayer"],
            ["X2", "Example Store", 1, 1, "Dealer", "Tier 2", "X1", "2 Example Road"]
            + ["Chengdu", "China", "028 8000 0002", "x2@example.com", "", "HT-2026-102"]
            + ["2026-01-01", "2026-12-31", 5000, 1, "Small-scale Taxpayer"],
        ],
    ),
    "coverage": (
        [
            "dealer_id",
            "region_id",
            "categ_id",
            "role",
            "exclusive",
            "priority",
            "date_from",
            "date_to",
        ],
        [
            ["X1", "510100", "", "Sales", 0, 10, "2026-01-01", "2026-12-31"],
            ["X2", "510104", "", "Sales", 1, 10, "2026-01-01", ""],
        ],
    ),
}


def render(header, rows):
    """A workbook with one sheet, without any trace of when it was made."""
    book = Workbook()
    book.properties.creator = "o2o_channel"
    book.properties.created = book.properties.modified = EPOCH
    sheet = book.active
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    for column in range(1, len(header) + 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    sheet.freeze_panes = "A2"
    saved = io.BytesIO()
    book.save(saved)
    return _without_times(saved.getvalue())


def _without_times(content):
    """The same archive with one date on every member and on the workbook."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _with_epoch(data)
            target.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), data)
    return out.getvalue()


def _with_epoch(core):
    """openpyxl stamps the time of saving; put the fixed one in its place."""
    stamp = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, core)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in TEMPLATES.items():
        (FOLDER / f"{name}_import_template.xlsx").write_bytes(render(header, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
