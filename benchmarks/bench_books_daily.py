"""Random histories in a company that posts by the day, and the books they leave."""

from .bench_books import SEED, measure_posting

NAMES = ("books_daily_history_s", "books_daily_complaints")


def measure(context):
    """Live 300 other histories; shares are booked in one entry a day."""
    yield from measure_posting(context, NAMES, "daily", SEED + 1)
