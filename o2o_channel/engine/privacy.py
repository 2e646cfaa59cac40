"""What a dealer may know of a consumer before it accepts an order."""


def mask_name(name: str) -> str:
    """The first sign of a name, the rest hidden; its length stays hidden too.

    >>> mask_name("王芳"), mask_name("Wang Fang"), mask_name("  ")
    ('王**', 'W**', '**')
    """
    return name.strip()[:1] + "**"
