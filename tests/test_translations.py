"""The translation template is what the source says."""

import polib

from dev import paths
from dev.commands.i18n import export


def test_the_template_fits_the_source(environment, odoo, tmp_path):
    exported = export(environment, odoo.templates.addon(demo=False))
    kept = paths.CHECKOUT / "o2o_channel" / "i18n" / "o2o_channel.pot"
    source = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(exported)}
    template = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(kept))}
    assert source == template, "run `make i18n` and translate what is new"
