"""Choose a font that has the text's characters; Chinese needs one that is not built in.

A TrueType font is embedded, only the characters used. Without one the reader's own Song
typeface is named, which PDF readers bring or take from the system.
"""

import logging
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_logger = logging.getLogger(__name__)

LATIN, LATIN_BOLD = "Helvetica", "Helvetica-Bold"
CHINESE, SONG = "O2OChinese", "STSong-Light"
# Where Debian, Ubuntu, Fedora and macOS keep Chinese fonts with TrueType outlines.
CHINESE_FILES = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
)


def fonts_for(text: str, path: str = "") -> tuple[str, str]:
    """Return the names of a normal and a bold font that show ``text``.

    :param path: a TrueType font to prefer for text that isn't Latin
    """
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        name = _chinese(path)
        return name, name
    return LATIN, LATIN_BOLD


@lru_cache(maxsize=8)
def _chinese(path):
    """Register a Chinese font and return its name."""
    for number, candidate in enumerate((path, *CHINESE_FILES)):
        if not candidate or not Path(candidate).is_file():
            continue
        name = f"{CHINESE}{number}"
        try:
            pdfmetrics.registerFont(TTFont(name, candidate))
        except (TTFError, OSError) as error:
            _logger.warning("Font %s can't be used in PDF files: %s", candidate, error)
        else:
            return name
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    return SONG
