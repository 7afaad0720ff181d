"""How the marketplace says no: which rule, which status, which body (section 2.4)."""

from sandbox.wording import Document

_SECTIONS = {
    400: ("https://tools.ietf.org/html/rfc7231#section-6.5.1", "One or more validation errors occurred."),
    401: ("https://tools.ietf.org/html/rfc7235#section-3.1", "Unauthorized"),
    403: ("https://tools.ietf.org/html/rfc7231#section-6.5.3", "Forbidden"),
    404: ("https://tools.ietf.org/html/rfc7231#section-6.5.4", "Not Found"),
    405: ("https://tools.ietf.org/html/rfc7231#section-6.5.5", "Method Not Allowed"),
    406: ("https://tools.ietf.org/html/rfc7231#section-6.5.6", "Not Acceptable"),
    409: ("https://tools.ietf.org/html/rfc7231#section-6.5.8", "Conflict"),
    413: ("https://tools.ietf.org/html/rfc7231#section-6.5.11", "Payload Too Large"),
    415: ("https://tools.ietf.org/html/rfc7231#section-6.5.13", "Unsupported Media Type"),
    422: ("https://tools.ietf.org/html/rfc4918#section-11.2", "Unprocessable Entity"),
    500: ("https://tools.ietf.org/html/rfc7231#section-6.6.1", "An error occurred while processing your request."),
}


class Refusal(Exception):
    """A request refused by the service: `rule` names the dossier's rule, or the section that has the case."""

    def __init__(self, status: int, rule: str, detail: str = "", errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(f"{status} {rule} {detail}")
        self.status, self.rule, self.detail, self.errors = status, rule, detail, errors

    def problem(self, trace: str) -> Document:
        kind, title = _SECTIONS[self.status]
        body: Document = {"type": kind, "title": title, "status": self.status, "traceId": trace}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        return body


def invalid(rule: str, field: str, message: str) -> Refusal:
    """400: a value that does not fit."""
    return Refusal(400, rule, errors={field: [message]})


def conflict(rule: str, detail: str, field: str = "", message: str = "") -> Refusal:
    """409: not in this state."""
    return Refusal(409, rule, detail, {field: [message]} if field else None)


def inconsistent(rule: str, detail: str, field: str, message: str) -> Refusal:
    """422: well-formed, but it does not hold together."""
    return Refusal(422, rule, detail, {field: [message]})


def not_found(what: str = "order") -> Refusal:
    return Refusal(404, "2.4", f"The {what} was not found.")
