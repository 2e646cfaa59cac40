"""Papers as files: what is on them, in both languages, however long."""

import io

import pytest
from openpyxl import load_workbook
from papers.fonts import CHINESE_FILES, LATIN, fonts_for
from papers.pdf import statement_pdf
from papers.xlsx import statement_xlsx
from pypdf import PdfReader


def paper(rows=1, **values):
    return {
        "title": "Settlement Statement",
        "name": "ST/2026/11/C2",
        "company": "Jade Home Appliances",
        "facts": [("Payee", "Chengdu <Trade> & Co")],
        "sums": [("This period", "820.00", False), ("Payable", "926.60", True)],
        "tables": [
            {
                "title": "Orders",
                "head": ["Date", "Order", "Amount"],
                "align": "llr",
                "widths": (0.2, 0.5, 0.3),
                "rows": [["2026-11-20", f"S{n:05}", "820.00"] for n in range(rows)],
            }
        ],
        "notes": [],
        "watermark": "",
        "footer": "ST/2026/11/C2",
        "page_label": "Page {page} of {count}",
        "code": {"url": "https://hq.example.com/o2o/v/x", "text": ["Scan", "abc"]},
        **values,
    }


def texts(data):
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def test_a_paper_shows_its_figures_and_escapes_marks():
    (page,) = texts(statement_pdf(paper()))
    for shown in ("Chengdu <Trade> & Co", "S00000", "926.60", "Page 1 of 1", "abc"):
        assert shown in page


def test_every_page_begins_with_the_head_and_ends_with_the_page():
    pages = texts(statement_pdf(paper(rows=300)))
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert "Order" in page
        assert f"Page {number} of {len(pages)}" in page
    assert "".join(pages).count("820.00") == 301  # a row each, and the sum


def test_the_same_paper_gives_the_same_file():
    assert statement_pdf(paper()) == statement_pdf(paper())


def test_chinese_is_written_in_a_chinese_font():
    data = statement_pdf(paper(title="结算单", company="成都第二贸易有限公司"))
    (page,) = texts(data)
    assert "结算单" in page
    assert "成都第二贸易有限公司" in page
    fonts = PdfReader(io.BytesIO(data)).pages[0]["/Resources"]["/Font"]
    names = {str(font.get_object()["/BaseFont"]) for font in fonts.values()}
    assert not any("Helvetica-Bold" in name for name in names)


def test_a_latin_text_needs_no_font_file():
    assert fonts_for("Total ¥ 1,130.00 – é", "/nowhere.ttf")[0] == LATIN


def test_a_file_that_is_no_font_is_passed_over(tmp_path):
    wrong = tmp_path / "wrong.ttf"
    wrong.write_bytes(b"no font")
    assert fonts_for("结算", str(wrong)) == fonts_for("结算")


def test_text_too_wide_for_its_column_wraps():
    wide = paper()
    wide["tables"][0]["rows"] = [["2026-11-20", "S00001 " * 30, "1.00"]]
    assert texts(statement_pdf(wide))[0].count("S00001") == 30


@pytest.mark.parametrize("path", CHINESE_FILES)
def test_known_fonts_are_truetype(path):
    assert path.endswith((".ttf", ".ttc"))


def test_a_workbook_keeps_numbers_and_never_runs_a_text():
    data = statement_xlsx(
        [
            {
                "title": "Orders: 1/2",
                "head": ["Order", "Amount"],
                "rows": [["=HYPERLINK(1)", -241.65], ["S00002", 0.1]],
            }
        ]
    )
    page = load_workbook(io.BytesIO(data)).worksheets[0]
    assert page.title == "Orders- 1-2"
    assert page["A2"].data_type == "s"
    assert page["A2"].value == "=HYPERLINK(1)"
    assert (page["B2"].value, page["B3"].value) == (-241.65, 0.1)
    assert page["B2"].number_format.startswith("#,##0.00")
