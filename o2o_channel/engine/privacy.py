"""What a dealer may know of a consumer before it accepts an order."""


def mask_name(name: str) -> str:
    """The first sign of a name, the rest hidden; its length stays hidden too.

    >>> mask_name("王芳"), mask_name("Wang Fang"), mask_name("  ")
    ('王**', 'W**', '**')
    """
    return name.strip()[:1] + "**"


def mask_phone(number: str) -> str:
    """The first three and the last four digits of a number; of a short one the last two.

    >>> mask_phone("+86 138 0013 8000"), mask_phone("13800138000"), mask_phone("12345")
    ('138****8000', '138****8000', '****45')
    >>> mask_phone("")
    ''
    """
    digits = "".join(char for char in number if char.isdigit())
    if len(digits) > 11 and digits.startswith("86"):
        digits = digits[2:]
    if not digits:
        return ""
    if len(digits) < 9:
        return "****" + digits[-2:]
    return f"{digits[:3]}****{digits[-4:]}"
