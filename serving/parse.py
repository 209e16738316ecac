"""What may be asked, read from a parsed body: a loan, a surface, credentials."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lending.domain.application import Collateral
from lending.domain.money import Money
from serving.decide import LoanAsk
from serving.fields import BodyError, FieldError, Fields, InvalidBody, MalformedBody, TooLarge, kind_of
from serving.strict_json import parse_json

__all__ = [
    "BodyError",
    "FieldError",
    "InvalidBody",
    "MalformedBody",
    "TooLarge",
    "credentials",
    "loan_ask",
    "surface_ask",
]

ASK_FIELDS = ("product", "amount", "term_months", "collateral", "co_applicant", "refinances")
MAX_TERM_MONTHS = 1200  # what can be meant at all; each product has its own range
MAX_CREDENTIAL_CHARS = 200
_MAX_GOLD_G = Decimal(1_000_000)
_COLLATERAL = "{kind: gold, weight_g, purity_k} or {kind: property or vehicle, value}"


def loan_ask(data: Mapping[str, object]) -> LoanAsk:
    """What a customer asks for: `{product, amount, term_months?, collateral?, co_applicant?, refinances?}`, no more.

    Null counts as absent. Whether a product exists, and whether amount and term fit it, is not looked at here.

    Raises:
        InvalidBody: one or more fields are missing, wrong or unknown; `errors` lists them all.
    """
    if not isinstance(data, Mapping):
        raise InvalidBody(
            f"the request is {kind_of(data)}; expected an object",
            field="body", found=kind_of(data), expected="an object", do="Send the fields inside { }.",
        )  # fmt: skip
    fields = Fields(data, ASK_FIELDS)
    product = fields.text("product", "a product's name such as car", 40, "[a-z][a-z0-9_]*")
    amount = fields.amount("amount")
    term = fields.whole("term_months", 1, MAX_TERM_MONTHS)
    collateral = _collateral(data.get("collateral"), fields)
    co_applicant = fields.text("co_applicant", "a customer's id", 64, "[A-Za-z0-9_.-]+", optional=True)
    refinances = fields.texts("refinances", "ids of your loans at this bank", 20, 64, "[A-Za-z0-9_.-]+")
    fields.check()
    assert amount is not None  # noqa: S101 - `check` has raised otherwise
    return LoanAsk(product, amount, term, collateral, co_applicant or None, refinances)


def surface_ask(product: str, collateral: str = "", co_applicant: str = "", refinances: str = "") -> LoanAsk:
    """What a surface is asked for, from the texts of an address.

    `collateral` is a JSON object, `refinances` are ids with commas between.

    Raises:
        MalformedBody, InvalidBody: as `parse_json` and `loan_ask`.
    """
    asked: dict[str, object] = {"product": product, "amount": "1", "term_months": 1}
    if collateral:
        asked["collateral"] = parse_json(collateral)
    if co_applicant:
        asked["co_applicant"] = co_applicant
    if refinances:
        asked["refinances"] = refinances.split(",")
    return loan_ask(asked)


def credentials(data: Mapping[str, object]) -> tuple[str, str]:
    """Name and password of a sign-in: `{username, password}`; neither is ever quoted in an error.

    Raises:
        InvalidBody: one is missing, no text, empty, or longer than 200 characters.
    """
    fields = Fields({k: v if isinstance(v, str) and v else None for k, v in data.items()}, ("username", "password"))
    expected = "text of 1 to 200 characters"
    for name in ("username", "password"):
        if fields.has(name) and len(str(data[name])) > MAX_CREDENTIAL_CHARS:
            fields.wrong(name, "a longer text", expected, f"Correct {name}.")
        elif not fields.has(name):
            fields.wrong(name, "no text" if name in data else "missing", expected, f"Add {name}.")
    fields.check()
    return str(data["username"]), str(data["password"])


def _collateral(value: object, outer: Fields) -> Collateral | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        outer.wrong("collateral", kind_of(value), _COLLATERAL, "Send an object.")
        return None
    if "id" in value:
        outer.wrong("collateral.id", kind_of(value["id"]), _COLLATERAL, "No collateral is on record: state it in full.")
        return None
    kind = value.get("kind")
    if kind == "gold":
        gold = Fields(value, ("kind", "weight_g", "purity_k"), "collateral.", outer.errors)
        weight = gold.decimal("weight_g", _MAX_GOLD_G, f"grams above zero, at most {_MAX_GOLD_G}, three places")
        purity = gold.decimal("purity_k", Decimal(24), "karats above zero, at most 24")
        return Collateral("gold", weight_g=weight, purity_k=purity)
    if kind in ("property", "vehicle"):
        stated: Money | None = Fields(value, ("kind", "value"), "collateral.", outer.errors).amount("value")
        return Collateral(str(kind), value=stated)
    outer.wrong(
        "collateral.kind", kind_of(kind) if "kind" in value else "missing", "gold, property or vehicle", "Choose one."
    )
    return None
