"""The contract file as the server's guard: which operation a call is, and whether it and its answer fit the file."""

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from sandbox.exchange import Answer, Call
from sandbox.refusal import Refusal, invalid
from sandbox.wording import Document, moment

FILE = Path(__file__).resolve().parent.parent / "octopia" / "contract" / "openapi.yaml"
SIGN_IN_PATH = "/auth/realms/maas/protocol/openid-connect/token"
PREFIX = "/seller/v2"
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the file, its references resolved."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    query: dict[str, Document]
    body: dict[str, tuple[Any, Any]]  # media type → validator of the closed and of the open schema
    responses: dict[str, dict[str, Any]]  # status → media type → validator (None: any)

    @property
    def orders_search(self) -> bool:
        """Unknown query names are ignored there, and only there (section 2.2, measured)."""
        return self.template in ("/orders", "/orders/count")

    @property
    def says_bad_request(self) -> bool:
        return "400" in self.responses


@dataclass(frozen=True, slots=True)
class Reading:
    """A call that fits: its operation, the values in its path and query, and its JSON body."""

    operation: Operation
    path: dict[str, str]
    query: dict[str, Any]
    body: Any = None
    ignored: tuple[str, ...] = field(default=())


class Contract:
    """The file, read once. Raises `Refusal` for what does not fit."""

    def __init__(self, file: Path = FILE) -> None:
        self._file: Document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        self._schemas = {"components": {"schemas": self._file["components"]["schemas"]}}
        self._open_schemas = {"components": {"schemas": _opened(self._file["components"]["schemas"])}}
        self.operations = [
            self._operation(path, method)
            for path, item in self._file["paths"].items()
            for method in _METHODS
            if method in item
        ]
        # A fixed path goes before one with a variable: /orders/count is no order.
        self.operations.sort(key=lambda operation: operation.template.count("{"))

    # ---- reading the file

    def _operation(self, path: str, method: str) -> Operation:
        item, raw = self._file["paths"][path], self._file["paths"][path][method]
        parameters = [
            self._follow(parameter) for parameter in [*item.get("parameters", []), *raw.get("parameters", [])]
        ]
        pattern = re.compile(
            "".join(
                f"(?P<{part[1:-1]}>[^/]+)" if part[0] == "{" else re.escape(part)
                for part in re.findall(r"\{\w+\}|[^{]+", path)
            )
        )
        body = {}
        for kind, media in self._follow(raw.get("requestBody", {})).get("content", {}).items():
            body[kind] = (
                self._validator(media["schema"], self._schemas),
                self._validator(_opened(media["schema"]), self._open_schemas),
            )
        responses = {}
        for status, response in raw["responses"].items():
            content = self._follow(response).get("content", {})
            responses[status] = {
                kind: self._validator(media["schema"], self._schemas) for kind, media in content.items()
            }
        query = {
            parameter["name"]: self._follow(parameter["schema"])
            for parameter in parameters
            if parameter["in"] == "query"
        }
        return Operation(raw["operationId"], method.upper(), path, pattern, query, body, responses)

    def _follow(self, node: Document) -> Document:
        while "$ref" in node:
            found: Any = self._file
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    @staticmethod
    def _validator(schema: Document, schemas: Document) -> Any:
        return Draft202012Validator({**schema, **schemas}, format_checker=Draft202012Validator.FORMAT_CHECKER)

    # ---- the call

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation behind a path below `/seller/v2`, None for nothing; `Refusal` 405 for another method."""
        found = [one for one in self.operations if one.template != SIGN_IN_PATH and one.pattern.fullmatch(path)]
        same = [one for one in found if one.template == found[0].template]
        for operation in same:
            if operation.method == method and (matched := operation.pattern.fullmatch(path)):
                return operation, matched.groupdict()
        if same:
            raise Refusal(405, "2.4", errors={"allow": sorted(one.method for one in same)})
        return None

    def read(
        self, operation: Operation, path: dict[str, str], call: Call, *, closed_bodies: bool, closed_queries: bool
    ) -> Reading:
        """Check query and body against the file; JSON is parsed, multipart is left to the caller."""
        query = self._query(operation, call, closed=closed_queries)
        body = None
        if operation.body:
            if call.content_type not in operation.body:
                raise Refusal(415, "1", f"{call.content_type or 'No content type'} is not accepted.")
            if call.content_type == "application/json":
                body = self._json(call.body)
                self._fits(operation.body["application/json"][0 if closed_bodies else 1], body)
        return Reading(operation, path, query, body)

    def _query(self, operation: Operation, call: Call, *, closed: bool) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, text in call.parameters:
            schema = operation.query.get(name)
            if schema is None:
                if closed and not operation.orders_search and operation.says_bad_request:
                    raise invalid("2.2", name, f"The parameter '{name}' is unknown.")
                continue
            try:
                value = self._value(schema, text)
            except ValueError:
                if not operation.says_bad_request:  # the file names no 400 there: what makes no sense is ignored
                    continue
                raise invalid("2.2", name, f"The value '{text}' is not valid.") from None
            values[name] = [*values[name], *value] if isinstance(value, list) and name in values else value
        return values

    def _value(self, schema: Document, text: str) -> Any:
        schema = self._follow(schema)
        kind = schema.get("type")
        if kind == "array":
            return [self._value(schema["items"], part) for part in text.split(",")]
        if kind == "boolean":
            if text not in ("true", "false"):
                raise ValueError(text)
            return text == "true"
        if kind == "integer":
            if not re.fullmatch(r"-?\d{1,10}", text, re.ASCII):
                raise ValueError(text)
            number = int(text)
            if not schema.get("minimum", number) <= number <= schema.get("maximum", number):
                raise ValueError(text)
            return number
        if schema.get("format") == "date-time":
            try:
                return moment(text)
            except OverflowError:
                raise ValueError(text) from None
        if "enum" in schema and text not in schema["enum"]:
            raise ValueError(text)
        return text

    @staticmethod
    def _json(body: bytes) -> Any:
        try:
            return json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise invalid("2.4", "$", "The body is not valid JSON.") from None

    @staticmethod
    def _fits(validator: Any, body: Any) -> None:
        errors: dict[str, list[str]] = {}
        for error in validator.iter_errors(body):
            errors.setdefault(_field(error), []).append(error.message[:300])
        if errors:
            # R49 is in the file, as a condition on the reason.
            rule = "R49" if list(errors) == ["reasonDetails"] else "2.4"
            raise Refusal(400, rule, errors=errors)

    # ---- the answer

    def objection(self, operation: Operation, answer: Answer) -> str | None:
        """What is wrong with an answer, by the file; None when it fits."""
        named = operation.responses.get(str(answer.status))
        if named is None:
            # 405, 406 and 413 are common to all (section 2.4) and stand in no operation.
            return (
                None
                if answer.status in (405, 406, 413)
                else f"{operation.id}: status {answer.status} is not in the file"
            )
        if not named:
            return None if not answer.body else f"{operation.id}: {answer.status} has no body in the file"
        kind = answer.content_type.partition(";")[0]
        if kind not in named:
            return f"{operation.id}: {answer.status} as {kind} is not in the file"
        error = next(iter(named[kind].iter_errors(json.loads(answer.body))), None)
        return None if error is None else f"{operation.id}: {answer.status} at {error.json_path}: {error.message[:200]}"


def _opened(schema: Any) -> Any:
    """The same schema without what the simulator closed (`x-closed`)."""
    if isinstance(schema, list):
        return [_opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = ("additionalProperties", "unevaluatedProperties") if "x-closed" in schema else ()
    return {name: _opened(deepcopy(part)) for name, part in schema.items() if name not in dropped}


def _field(error: Any) -> str:
    """`lines[0].lineId`, the way the service names fields; a missing or surplus member is named itself."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    if error.validator == "required":
        missing = next((name for name in error.validator_value if name not in error.instance), "")
        path = f"{path}.{missing}"
    return path.lstrip(".") or "$"


def _no_constant(word: str) -> Any:
    raise ValueError(word)


@lru_cache(maxsize=1)
def contract() -> Contract:
    """The one of this project."""
    return Contract()
