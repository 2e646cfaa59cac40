"""The Chinese translation is complete and fits the template: `python -m dev.checks.translations`.

That the template fits the source is a system test (tests/test_translations.py),
since only an installed Odoo knows all texts.
"""

import re
import sys

from dev import paths

PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sdrf]")


def findings(template, translation, name):
    """Yield a sentence for each text that is missing, unsure, obsolete or has other placeholders."""
    wanted = {(entry.msgctxt, entry.msgid) for entry in template}
    given = {
        (entry.msgctxt, entry.msgid): entry
        for entry in translation
        if not entry.obsolete
    }
    for key in wanted - set(given):
        yield f"{name}: not translated: {key[1]!r}"
    for key, entry in given.items():
        if key not in wanted:
            yield f"{name}: no such text in the source: {entry.msgid!r}"
        elif not entry.translated():
            yield f"{name}: not translated or fuzzy: {entry.msgid!r}"
        elif sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(
            PLACEHOLDER.findall(entry.msgstr)
        ):
            yield f"{name}: other placeholders than the source: {entry.msgid!r}"


def main():
    """Check every language; return the exit status."""
    import polib  # of the environment, which `make i18n` has yet to prepare

    folder = paths.CHECKOUT / paths.ADDON / "i18n"
    template_file = folder / f"{paths.ADDON}.pot"
    if not template_file.exists():
        print(f"{template_file} is missing; `make i18n` writes it")
        return 1
    template = polib.pofile(str(template_file))
    found = []
    for language in paths.LANGUAGES:
        file = folder / f"{language}.po"
        translation = polib.pofile(str(file)) if file.exists() else []
        found += findings(template, translation, file.name)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
