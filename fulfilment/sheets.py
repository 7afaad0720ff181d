"""What is written for a spreadsheet: text that it takes for text."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: str) -> str:
    """The cell's text, kept from being a formula by an apostrophe, without signs that end a text early."""
    text = cell.replace("\0", "")
    return f"'{text}" if text.startswith(FORMULA) else text
