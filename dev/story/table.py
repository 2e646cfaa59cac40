"""Plain tables for a terminal, aligned where Chinese characters take two columns."""

from unicodedata import east_asian_width


def width(text):
    """Return the number of terminal columns of a text."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def table(headers, rows, right=()):
    """Return the lines of a table; ``right`` holds the columns of figures."""
    cells = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]

    def line(row):
        parts = []
        for index, (cell, columns) in enumerate(zip(row, widths, strict=True)):
            blanks = " " * (columns - width(cell))
            parts.append(blanks + cell if index in right else cell + blanks)
        return "    " + "  ".join(parts).rstrip()

    rule = "    " + "  ".join("-" * columns for columns in widths)
    return [line(cells[0]), rule, *map(line, cells[1:])]


def money(amount):
    """Return an amount as text: ``820.00``."""
    return f"{amount + 0:.2f}"
