"""Draws the placeholder pictures of the demo products and the brand's logo.

Run once after a change: python -m dev.story.pictures o2o_channel/demo/images
The results are committed, because demo data must load without this folder.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = 256
SCALE = 4  # drawn large and reduced, for smooth edges
PAPER, BODY, SHADE, DARK = "#eef3f7", "#ffffff", "#d3dde6", "#51677a"
BLUE, AQUA, WARM = "#3d7ea6", "#9fd0e0", "#e08e45"


class Sheet:
    """A canvas in units of 1/256 of the picture's side."""

    def __init__(self):
        self.image = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.box(44, 226, 212, 232, SHADE, radius=3)

    def box(self, x0, y0, x1, y1, fill, radius=8, line=None):
        corners = [v * SCALE for v in (x0, y0, x1, y1)]
        self.draw.rounded_rectangle(
            corners, radius * SCALE, fill, line, width=3 * SCALE
        )

    def disc(self, x, y, r, fill, line=DARK):
        corners = [v * SCALE for v in (x - r, y - r, x + r, y + r)]
        self.draw.ellipse(corners, fill, line, width=3 * SCALE)

    def line(self, points, fill=DARK, width=4):
        self.draw.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill,
            width * SCALE,
            joint="curve",
        )

    def save(self, path):
        small = self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        small.quantize(48).save(path, optimize=True)


def wall_air_conditioner(s):
    s.box(28, 80, 228, 150, BODY, 14, DARK)
    s.line([(44, 132), (212, 132)], SHADE)
    s.box(192, 94, 212, 104, AQUA, 3)
    for x in (80, 128, 176):
        s.line([(x, 162), (x - 8, 180), (x, 198)], AQUA)


def floor_air_conditioner(s):
    s.box(84, 30, 172, 226, BODY, 14, DARK)
    for y in (48, 58, 68, 78):
        s.line([(98, y), (158, y)], SHADE)
    s.box(112, 100, 144, 116, AQUA, 3)


def washing_machine(s):
    s.box(54, 40, 202, 226, BODY, 10, DARK)
    s.line([(54, 76), (202, 76)], SHADE)
    s.disc(128, 148, 52, SHADE)
    s.disc(128, 148, 36, AQUA, BLUE)
    s.box(68, 52, 108, 64, SHADE, 3)
    s.disc(182, 58, 8, WARM)


def fridge(s):
    s.box(64, 26, 192, 226, BODY, 10, DARK)
    s.line([(128, 28), (128, 150)])
    s.line([(66, 150), (190, 150)])
    s.line([(118, 70), (118, 120)], BLUE)
    s.line([(138, 70), (138, 120)], BLUE)


def water_heater(s):
    s.box(30, 84, 226, 176, BODY, 44, DARK)
    s.disc(188, 130, 16, SHADE)
    s.line([(188, 130), (196, 120)], WARM)
    s.line([(84, 176), (84, 210)], BLUE)
    s.line([(120, 176), (120, 210)], WARM)


def air_purifier(s):
    s.box(76, 44, 180, 226, BODY, 18, DARK)
    for y in range(130, 212, 12):
        s.line([(92, y), (164, y)], SHADE)
    s.disc(128, 88, 24, AQUA, BLUE)


def rice_cooker(s):
    s.box(52, 96, 204, 214, BODY, 40, DARK)
    s.box(60, 84, 196, 120, SHADE, 18, DARK)
    s.box(112, 70, 144, 86, DARK, 6)
    s.box(104, 148, 152, 176, AQUA, 6, BLUE)


def blender(s):
    s.box(88, 46, 168, 160, AQUA, 8, DARK)
    s.box(82, 160, 174, 224, BODY, 10, DARK)
    s.box(84, 34, 172, 50, DARK, 5)
    s.disc(128, 192, 13, WARM)


def kettle(s):
    s.box(76, 84, 172, 214, BODY, 26, DARK)
    s.line([(172, 104), (208, 112), (204, 170), (172, 188)], DARK, 8)
    s.line([(78, 104), (52, 88)], DARK, 8)
    s.box(104, 70, 144, 86, DARK, 6)
    s.line([(92, 140), (156, 140)], BLUE)


def air_fryer(s):
    s.box(66, 48, 190, 222, BODY, 34, DARK)
    s.box(82, 124, 174, 206, SHADE, 10, DARK)
    s.box(104, 156, 152, 172, DARK, 7)
    s.disc(128, 88, 18, AQUA, BLUE)


def fan(s):
    s.line([(128, 140), (128, 216)], DARK, 8)
    s.box(88, 212, 168, 226, DARK, 6)
    s.disc(128, 92, 62, BODY)
    for x, y in ((128, 62), (154, 108), (102, 108)):
        s.disc(x, y, 22, AQUA, BLUE)
    s.disc(128, 92, 9, DARK)


def humidifier(s):
    s.box(80, 110, 176, 224, BODY, 30, DARK)
    s.box(80, 166, 176, 190, AQUA, 2)
    s.line([(128, 104), (120, 84), (134, 64), (126, 42)], AQUA, 6)


PICTURES = {
    "E-1001": wall_air_conditioner,
    "E-1002": floor_air_conditioner,
    "E-1003": washing_machine,
    "E-1004": fridge,
    "E-1005": water_heater,
    "E-1006": air_purifier,
    "E-2001": rice_cooker,
    "E-2002": blender,
    "E-2003": kettle,
    "E-2004": air_fryer,
    "E-3001": fan,
    "E-3002": humidifier,
}


def draw_logo(path):
    """The brand's sail above waves, with its name."""
    image = Image.new("RGB", (360 * SCALE, 96 * SCALE), "#ffffff")
    draw = ImageDraw.Draw(image)

    def scaled(points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    draw.polygon(scaled([(46, 10), (46, 66), (12, 66)]), BLUE)
    draw.polygon(scaled([(52, 22), (52, 66), (80, 66)]), AQUA)
    draw.line(
        scaled([(8, 76), (30, 82), (48, 76), (66, 82), (86, 76)]), DARK, 5 * SCALE
    )
    draw.text(
        (104 * SCALE, 22 * SCALE), "Yunfan", DARK, ImageFont.load_default(44 * SCALE)
    )
    small = image.resize((360, 96), Image.Resampling.LANCZOS)
    small.quantize(32).save(path, optimize=True)


def main(folder):
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    draw_logo(target / "logo.png")
    for code, draw in PICTURES.items():
        sheet = Sheet()
        draw(sheet)
        sheet.save(target / f"{code}.png")


if __name__ == "__main__":
    main(sys.argv[1])
