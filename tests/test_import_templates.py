"""The shipped spreadsheets hold what the generator writes."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dev.import_templates import FOLDER, TEMPLATES, render


def cells(content):
    sheet = load_workbook(io.BytesIO(content)).active
    return list(sheet.iter_rows(values_only=True))


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_template_in_the_addon_is_up_to_date(name):
    shipped = Path(FOLDER, f"{name}_import_template.xlsx").read_bytes()
    assert cells(shipped) == cells(render(*TEMPLATES[name]))


@pytest.mark.parametrize("name", TEMPLATES)
def test_writing_a_template_again_changes_no_byte(name):
    assert render(*TEMPLATES[name]) == render(*TEMPLATES[name])
