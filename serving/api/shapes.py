"""What the API answers, as types: money is text with two places, rates are text with a decimal fraction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MoneyText = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["12500.00"])]
RateText = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", examples=["0.105"])]
Outcome = Literal["approve", "refer", "decline"]


class Shape(BaseModel):
    """A closed object: a key that is not listed is a fault of ours."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class FieldError(Shape):
    """One thing that is wrong with a request."""

    field: str
    found: str
    expected: str
    do: str


class Problem(Shape):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    do: str
    errors: list[FieldError]
    request_id: str


class SignedIn(Shape):
    """A new session; the token also travels as a cookie."""

    token: str
    role: str
    expires_at: str


class Me(Shape):
    """Who is signed in."""

    username: str
    display_name: str
    role: str
    customer_id: str | None
    permissions: list[str]
    expires_at: str


class Finding(Shape):
    """One rule's result."""

    rule: str
    field: str
    value: str | None
    limit: str
    unit: str
    operator: str
    passed: bool
    source: str
    person: Literal["applicant", "co_applicant"]


class Reason(Shape):
    """A principal reason, most important first."""

    code: str
    rank: int
    field: str
    text: str
    person: Literal["applicant", "co_applicant"]


class CodedText(Shape):
    """A condition, or a way into a product."""

    code: str
    text: str


class Fee(Shape):
    """A fee and when it is paid."""

    code: str
    amount: MoneyText
    when: Literal["upfront", "withheld", "financed"]
    finance_charge: bool


class Repayment(Shape):
    """How the loan is repaid; `interest` says what becomes of it while no instalment is due."""

    kind: Literal["instalment", "bullet", "moratorium"]
    moratorium_months: int
    interest: Literal["paid", "simple", "compound"]


class Quote(Shape):
    """The quote result; `offers` and `recourse` are filled by other routes, `schedule` by none."""

    decision_id: str
    outcome: Outcome
    product: str
    amount: MoneyText
    term_months: int
    annual_rate: RateText | None
    instalment: MoneyText | None
    apr: RateText | None
    apr_method: str | None
    repayment: Repayment | None
    fees: list[Fee]
    total_interest: MoneyText | None
    total_cost: MoneyText | None
    pd: RateText | None
    pd_horizon_months: int | None
    findings: list[Finding]
    reasons: list[Reason]
    ways_in: list[CodedText]
    conditions: list[CodedText]
    offers: list[dict[str, object]]
    recourse: list[dict[str, object]]
    policy_version: str
    model_version: str | None
    as_of: str
    valid_until: str | None
    schedule: None


class Point(Shape):
    """What speaks for or against an offer; `value` is its figure."""

    code: str
    text: str
    value: str


class Offer(Shape):
    """Terms that the bank would stand by until `valid_until`."""

    offer_id: str
    goal: Literal["lowest_instalment", "lowest_cost", "balanced", "own"]
    goals: list[str]
    recommended: bool
    amount: MoneyText
    term_months: int
    annual_rate: RateText
    instalment: MoneyText
    apr: RateText
    apr_method: str
    repayment: Repayment
    fees: list[Fee]
    total_interest: MoneyText
    total_cost: MoneyText
    pros: list[Point]
    cons: list[Point]
    valid_until: str


class Compared(Shape):
    """One figure of every offer, the customer's own first."""

    figure: str
    values: list[str | int]
    differs: bool


class CitedPassage(Shape):
    """A passage that a text leans on, enough to open it."""

    doc_id: str
    version: int
    passage: str
    title: str
    heading: str
    text: str


class ToldSentence(Shape):
    """A sentence and the passages that it cites."""

    text: str
    cites: list[str]


class Text(Shape):
    """A text, what it cites and who wrote it."""

    body: str
    citations: list[CitedPassage]
    written_by: str


class Step(Shape):
    """One action of a plan, from where to where."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), populate_by_name=True)
    action: str
    before: str | int | None = Field(alias="from")
    to: str | int | None
    cost: MoneyText
    months: int


class Gives(Shape):
    """What a plan gives."""

    outcome: Outcome
    annual_rate: RateText | None
    instalment: MoneyText | None


class Plan(Shape):
    """Steps that together turn a refusal into an approval; `then_ask_again` promises nothing."""

    plan_id: str
    steps: list[Step]
    cost: MoneyText
    months: int
    gives: Gives
    redecided_id: str
    robust: bool | None
    then_ask_again: bool


class Alternative(Shape):
    """Another request that would be approved."""

    kind: str
    text: str
    product: str
    amount: MoneyText
    term_months: int
    co_applicant: str | None
    collateral: dict[str, str] | None
    annual_rate: RateText | None
    instalment: MoneyText | None


class Customized(Shape):
    """A decision with all that helps to choose."""

    decision: dict[str, object]
    own: Offer | None
    recommended: list[Offer]
    why_fewer_offers: CodedText | None
    comparison: list[Compared]
    recourse: list[Plan]
    alternatives: list[Alternative]
    why_no_plan: CodedText | None
    text: Text


class Cell(Shape):
    """What holds for amounts above the cut before, up to the cell's own; the same in months."""

    rate: RateText | None
    outcome: Outcome
    code: str | None
    counts: Literal["before", "after", "alone"]


class Limit(Shape):
    """The largest instalment or monthly burden for amounts in a range, up to each term."""

    code: str
    outcome: Outcome
    on: Literal["instalment", "burden"]
    rate_add: RateText
    amount_from: MoneyText
    amount_to: MoneyText
    term_from: int
    term_cuts: list[int]
    max: list[MoneyText]


class Surface(Shape):
    """A quote surface: exact at every amount and term until it expires."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())
    product: str
    market: str
    currency: str
    as_of: str
    expires_at: str
    model_version: str | None
    policy_version: str
    amount_cuts: list[MoneyText]
    term_cuts: list[int]
    cells: list[list[Cell]]
    limits: list[Limit]
    sig: str


class Recorded(Shape):
    """A decision of the past, as its customer may see it."""

    recorded_at: str
    channel: str
    quote: Quote


class Product(BaseModel):
    """A loan type as one customer sees it: open, or closed by `findings` with the `ways_in`."""

    product: str
    name: str
    open: bool
    needs_co_applicant: bool
    collateral: str
    repayment: str
    benefits: list[str]
    conditions: list[str]
    findings: list[dict[str, object]]
    ways_in: list[str]
    limits: dict[str, str | int]


class Personalized(Shape):
    """The catalogue for the customer who is signed in."""

    as_of: str
    products: list[Product]


class Checks(Shape):
    """What the API needs to work."""

    database: Literal["ok", "down"]
    model: Literal["loaded", "none"]
    scorer: Literal["endpoint", "in_process", "later"] | None = None
    """Who scores where an endpoint is set: itself, this process in its place, or nobody for now."""


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class Ready(Shape):
    """Ready to decide; without a model every decision is a referral."""

    status: Literal["ready", "not ready"]
    checks: Checks


class TalkTurn(Shape):
    """What one side of a conversation said; `ai` is true where a program wrote it."""

    seq: int
    speaker: Literal["customer", "assistant"]
    at: str
    generation_id: str | None
    text: str
    about: str | None
    sentences: list[ToldSentence] | None
    citations: list[CitedPassage] | None
    ai: bool | None
    written_by: str | None
    found: bool | None
    tools: list[str] | None
    suggestions: list[str] | None
    hand_over: bool | None


class Talked(Shape):
    """A conversation, its turns in order."""

    conversation_id: str
    started_at: str
    turns: list[TalkTurn]
