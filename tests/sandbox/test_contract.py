"""The sandbox against the contract file: generated requests of every operation, and the guard itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis import Case
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from sandbox.app import App
from sandbox.contract import FILE, SIGN_IN_PATH, contract
from sandbox.exchange import Answer
from sandbox.market import Market
from tests.sandbox.conftest import Shop

NUMBERS = {
    "SCID01261104091233K7QD": "InPreparation",
    "SCID2": "WaitingAcceptance",
    "SCID3": "Shipped",
    "SCID4": "Accepted",
}
RAW: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
PATHS = RAW["paths"]


def narrowed() -> dict[str, Any]:
    """The file, with the names of what is on the shelf: a random number would be a 404 every time."""
    raw = json.loads(json.dumps(RAW, default=str))
    some = {"type": "string", "enum": [*NUMBERS, "NONE"]}
    parts = raw["components"]
    parts["parameters"]["SellerId"]["schema"] = {"type": "string", "enum": ["104512"]}
    parts["parameters"]["OrderIdPath"]["schema"] = some
    for name, member in (
        ("CancellationRequestCreate", "orderSellerId"),
        ("PartialCancellationRequestCreate", "orderSellerId"),
    ):
        parts["schemas"][name]["properties"][member] = some
    parts["schemas"]["GestureCreate"]["properties"]["orderId"] = some
    parts["schemas"]["ShipmentParcel"]["properties"]["orderLineIds"]["items"] = {
        "type": "string",
        "enum": ["QK01", "QK02", "QK9"],
    }
    return dict(raw)


def schema_of(paths: dict[str, Any], base: str, app: App) -> Any:
    schema = schemathesis.openapi.from_dict({**narrowed(), "paths": paths, "servers": [{"url": base}]})
    schema.app = app
    schema.config.update(base_url=f"http://127.0.0.1{base}")
    return schema


def stocked() -> Market:
    """Orders in several states under known numbers, no quota."""
    market = Market(seed=5)
    market.clock.pause()
    market.settings.change({"calls_per_hour": 0, "tokens_per_hour": 0, "token_life": 10**9})
    market.place_many(60)
    for number, status in NUMBERS.items():
        market.place(number, status=status, lines=[{"code": "QK01"}, {"code": "QK02"}])
    return market


short = settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _a_name_for_schemathesis(request: pytest.FixtureRequest) -> None:
    request.node._nodeid = request.node.nodeid  # its schemas from fixtures read a name that pytest 9.2 took away


@pytest.fixture(scope="module")
def keeper() -> Iterator[Shop]:
    """One signed-in shop over a stocked market, for every operation of the file."""
    keeper = Shop(stocked())
    yield keeper
    keeper.http.close()


@pytest.fixture(scope="module")
def operations(keeper: Shop) -> Any:
    return schema_of({path: item for path, item in PATHS.items() if path != SIGN_IN_PATH}, "/seller/v2", keeper.app)


@pytest.fixture(scope="module")
def gate(keeper: Shop) -> Any:
    sign_in = {name: part for name, part in PATHS[SIGN_IN_PATH].items() if name != "servers"}
    return schema_of({SIGN_IN_PATH: sign_in}, "", keeper.app)


# From fixtures: requests are made up when a test runs, not when somebody collects the tests.
api = schemathesis.pytest.from_fixture("operations")


def conforms(case: Case, keeper: Shop) -> None:
    # The file cannot say all rules: a body that fits it may still be refused, by a status it names.
    excluded: list[Any] = [positive_data_acceptance]
    # Orders ignore unknown names (measured); for imports the file names no 400, so nonsense is ignored there.
    if case.operation.path in ("/orders", "/orders/count", "/order-invoice-imports"):
        excluded.append(negative_data_rejection)
    case.call_and_validate(headers={"Authorization": keeper.http.headers["Authorization"]}, excluded_checks=excluded)


@api.include(method="GET").parametrize()
@seed(20_261_104)
@short
def test_every_reading_operation_answers_as_the_file_says(case: Case, keeper: Shop) -> None:
    conforms(case, keeper)


@api.exclude(method="GET").parametrize()
@seed(20_261_104)
@short
def test_every_writing_operation_answers_as_the_file_says(case: Case, keeper: Shop) -> None:
    conforms(case, keeper)


@schemathesis.pytest.from_fixture("gate").parametrize()
@seed(20_261_104)
@short
def test_the_token_is_given_as_the_file_says(case: Case) -> None:
    case.call_and_validate()


def test_every_operation_of_the_file_is_served(shop: Shop) -> None:
    for path, item in PATHS.items():
        if path == SIGN_IN_PATH:
            continue
        for method in item.keys() & {"get", "post"}:
            answer = shop.call(method.upper(), path.replace("{", "").replace("}", ""))
            assert answer.status_code != 405
            assert "Resource not found" not in answer.text


def test_the_documented_order_fits_and_a_wrong_one_does_not() -> None:
    examples = FILE.parent / "examples"
    order = json.loads((examples / "order.json").read_text(encoding="utf-8"))
    guard = contract()
    found = guard.operation("GET", "/orders/X")
    assert found is not None

    def objection(document: Any, status: int = 200, kind: str = "application/json") -> str | None:
        return guard.objection(found[0], Answer(status, json.dumps(document).encode(), kind))

    assert objection(order) is None
    assert "quantity" in str(objection({**order, "lines": [{**order["lines"][0], "quantity": 0}]}))
    assert "text/html" in str(objection(order, kind="text/html"))
    assert "418" in str(objection(order, status=418))
    assert (found[1], Path(FILE).name) == ({"orderId": "X"}, "openapi.yaml")


def test_count_is_no_order(shop: Shop) -> None:
    assert shop.get("/orders/count").json() == 0
