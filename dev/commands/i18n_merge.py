"""Bring a language's file up to the template, as msgmerge does: `python -m … zh_CN`.

A module of its own because it runs inside the environment, which has polib.
"""

import sys

import polib

from dev import paths


def merge(language):
    """Merge one language and say how far it is."""
    folder = paths.CHECKOUT / paths.ADDON / "i18n"
    file = folder / f"{language}.po"
    template = polib.pofile(str(folder / f"{paths.ADDON}.pot"))
    if file.exists():
        translation = polib.pofile(str(file))
    else:
        translation = polib.POFile()
        translation.metadata = dict(template.metadata, Language=language)
    translation.merge(template)
    for entry in translation.obsolete_entries():
        translation.remove(entry)
    translation.save(str(file))
    print(
        f"{file.name}: {translation.percent_translated()} % of {len(translation)} texts"
    )


if __name__ == "__main__":
    merge(sys.argv[1])
