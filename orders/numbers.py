"""An order's number in an address. The marketplace may send any signs; none of them may bend the path."""

from urllib.parse import unquote

LONGEST = 64


class NumberConverter:
    """Writes `/`, `%` and dots that browsers resolve as escapes, and reads them back; never NUL, at most 64 signs."""

    regex = "[^/]{1,400}"

    def to_python(self, value: str) -> str:
        number = unquote(value)
        if len(number) > LONGEST or "\0" in number:
            raise ValueError("not a number")  # Django answers 404
        return number

    def to_url(self, value: str) -> str:
        written = value.replace("%", "%25").replace("/", "%2F")
        return written.replace(".", "%2E") if written in (".", "..") else written
