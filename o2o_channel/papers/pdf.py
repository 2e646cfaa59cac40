"""A printed statement: A4, sums first, then every line, with a code to check it by."""

import io
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from .fonts import fonts_for

MARGIN = 16 * mm
QR_SIZE = 27 * mm
CELL_PADDING = 12  # points left and right in a cell
GREY, RULE, BAND = HexColor("#5f6b76"), HexColor("#c9d1d9"), HexColor("#f3f5f7")


def statement_pdf(paper: dict, font_path: str = "") -> bytes:
    """Return the PDF of ``paper``; the same paper gives the same bytes.

    ``paper``: ``title name company facts=[(label, value)] sums=[(label, amount, strong)]
    tables=[{title, head, align, widths, rows}] notes=[text] watermark footer page_label
    code={url, text=[line]}``; ``align`` has an ``l`` or ``r`` per column. All values are texts.
    """
    stream = io.BytesIO()
    style = _Styles(*fonts_for(_all_text(paper), font_path))
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=f"{paper['title']} {paper['name']}",
        author=paper["company"],
        invariant=True,
    )
    story = [_head(paper, style, document.width), Spacer(0, 5 * mm)]
    story += [_sums(paper["sums"], style, document.width)]
    for table in paper["tables"]:
        story += _table(table, style, document.width)
    story += [Paragraph(escape(note), style.small) for note in paper["notes"]]
    document.build(story, canvasmaker=_page_maker(paper, style))
    return stream.getvalue()


class _Styles:
    """Paragraph styles on a pair of fonts; Chinese breaks between any two characters."""

    def __init__(self, font, bold):
        self.font, self.bold = font, bold
        wrap = {} if font != bold else {"wordWrap": "CJK"}
        self.text = ParagraphStyle(
            "text", fontName=font, fontSize=9, leading=12, **wrap
        )
        self.strong = ParagraphStyle("strong", self.text, fontName=bold)
        self.right = ParagraphStyle("right", self.text, alignment=TA_RIGHT)
        self.right_strong = ParagraphStyle("rs", self.strong, alignment=TA_RIGHT)
        self.small = ParagraphStyle(
            "small", self.text, fontSize=7.5, leading=10, textColor=GREY
        )
        self.title = ParagraphStyle(
            "title", self.strong, fontSize=17, leading=22, spaceAfter=2
        )
        self.section = ParagraphStyle(
            "section", self.strong, fontSize=11, leading=15, spaceBefore=12
        )
        self.head = ParagraphStyle("head", self.small, fontName=bold)
        self.head_right = ParagraphStyle("hr", self.head, alignment=TA_RIGHT)


def _all_text(value):
    """Return every text in a nest of dicts and lists, joined."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return "".join(_all_text(part) for part in value)
    return value if isinstance(value, str) else ""


def _head(paper, style, width):
    """Return company, title and facts on the left, the code to check by on the right."""
    left = [
        Paragraph(escape(paper["company"]), style.small),
        Paragraph(escape(paper["title"]), style.title),
    ]
    facts = Table(
        [
            [
                Paragraph(escape(label), style.small),
                Paragraph(escape(value), style.text),
            ]
            for label, value in paper["facts"]
        ],
        colWidths=[30 * mm, width - QR_SIZE - 50 * mm],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
        ],
        hAlign="LEFT",
    )
    right = _code(paper["code"], style) if paper.get("code") else ""
    return Table(
        [[[*left, facts], right]],
        colWidths=[width - QR_SIZE - 8 * mm, QR_SIZE + 8 * mm],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ],
    )


def _code(code, style):
    widget = QrCodeWidget(code["url"], barLevel="M")
    x1, y1, x2, y2 = widget.getBounds()
    scale = QR_SIZE / max(x2 - x1, y2 - y1)
    drawing = Drawing(QR_SIZE, QR_SIZE, transform=[scale, 0, 0, scale, 0, 0])
    drawing.add(widget)
    drawing.hAlign = "RIGHT"
    caption = ParagraphStyle("caption", style.small, alignment=TA_RIGHT)
    return [drawing, *(Paragraph(escape(text), caption) for text in code["text"])]


def _sums(rows, style, width):
    """Return the sums, one under the other, as they add up."""
    body, marks = [], []
    for number, (label, amount, strong) in enumerate(rows):
        left, right = (
            (style.strong, style.right_strong) if strong else (style.text, style.right)
        )
        body.append([Paragraph(escape(label), left), Paragraph(escape(amount), right)])
        if strong:
            marks.append(("LINEABOVE", (0, number), (-1, number), 0.8, GREY))
    return Table(
        body,
        colWidths=[width - 45 * mm, 45 * mm],
        style=TableStyle([("BACKGROUND", (0, 0), (-1, -1), BAND), *marks]),
    )


def _table(table, style, width):
    """Return a title and its table; every page of it begins with the head."""
    if not table["rows"]:
        return []
    styles = [style.right if side == "r" else style.text for side in table["align"]]
    heads = [style.head_right if side == "r" else style.head for side in table["align"]]
    head = [Paragraph(escape(t), s) for t, s in zip(table["head"], heads, strict=True)]
    widths = [width * share for share in table["widths"]]
    body = [
        [_cell(*cell) for cell in zip(row, styles, widths, strict=True)]
        for row in table["rows"]
    ]
    marks = [
        ("FONT", (0, 1), (-1, -1), style.font, style.text.fontSize),
        *(
            ("ALIGN", (column, 1), (column, -1), "RIGHT")
            for column, side in enumerate(table["align"])
            if side == "r"
        ),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return [
        Paragraph(escape(table["title"]), style.section),
        LongTable(
            [head, *body],
            colWidths=widths,
            repeatRows=1,
            style=TableStyle(marks),
        ),
    ]


def _cell(text, style, width):
    """Return the text, as a paragraph only where it must wrap: that takes its time."""
    if stringWidth(text, style.fontName, style.fontSize) <= width - CELL_PADDING:
        return text
    return Paragraph(escape(text), style)


def _page_maker(paper, style):
    """Return a canvas class that knows the number of pages when it writes the footers."""

    class Pages(Canvas):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.pages = []

        def showPage(self):
            self.pages.append(dict(self.__dict__))
            self._startPage()

        def save(self):
            for state in self.pages:
                self.__dict__.update(state)
                self.draw_margin(len(self.pages))
                Canvas.showPage(self)
            super().save()

        def draw_margin(self, count):
            width, height = A4
            if paper.get("watermark"):
                self.saveState()
                self.setFillColor(HexColor("#e4e7ea"), alpha=0.6)
                self.setFont(style.bold, 80)
                self.translate(width / 2, height / 2)
                self.rotate(45)
                self.drawCentredString(0, 0, paper["watermark"])
                self.restoreState()
            self.setFillColor(GREY)
            self.setFont(style.font, 7.5)
            self.drawString(MARGIN, MARGIN, paper["footer"])
            page = paper["page_label"].format(page=self._pageNumber, count=count)
            self.drawRightString(width - MARGIN, MARGIN, page)

    return Pages
