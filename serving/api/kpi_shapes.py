"""What the API answers about applications and decisions, as types; shares are text with six places."""

from __future__ import annotations

from pydantic import Field

from serving.api.shapes import Shape


class Share(Shape):
    """A share with its 95 % interval; None where there is nothing to share."""

    value: str | None
    low: str | None
    high: str | None
    of: int


class Ends(Shape):
    """How many decisions ended how."""

    decided: int
    approve: int
    refer: int
    decline: int
    approval: Share
    refusal: Share


class Expected(Shape):
    """What the model expects of the loans approved: mean PD, defaults, and of how many."""

    mean_pd: str | None
    defaults: str
    of: int


class Totals(Ends):
    """Of the whole span."""

    expected_default: Expected


class PeriodEnds(Ends):
    """Of a day, of the week that begins on a Monday, or of a month."""

    period: str


class ProductEnds(Ends):
    """Of a loan type."""

    product: str


class ChannelEnds(Ends):
    """Of a channel."""

    channel: str


class ModelEnds(Ends):
    """Of the model that decided; empty where none did."""

    model: str


class RefusalReason(Shape):
    """A reason, and the share of refusals that name it."""

    reason: str
    count: int
    share: Share


class ActCount(Shape):
    """How often an act led applications to a state."""

    act: str
    state: str
    count: int


class Wait(Shape):
    """A bucket of hours with a quantile in it; `high` and `about` None in the last one, which is open."""

    low: float
    high: float | None
    about: float | None


class Waiting(Shape):
    """How long applications waited for a decision: counts of buckets, and the upper ends of all but the last."""

    of: int
    median: Wait | None
    p90: Wait | None
    buckets: list[int]
    hours: list[float]


class StepVisits(Shape):
    """Visits that came to a step, those that stopped there, and the share that went on."""

    step: str
    visits: int
    stopped: int | None
    went_on: str | None


class FunnelGroup(Shape):
    """The funnel of all visits (`all`) or of a variant of a page."""

    group: str
    visits: int
    steps: list[StepVisits]


class Figures(Shape):
    """Applications and decisions of a span."""

    from_: str = Field(alias="from")
    to: str
    by: str
    totals: Totals
    periods: list[PeriodEnds]
    products: list[ProductEnds]
    channels: list[ChannelEnds]
    models: list[ModelEnds]
    reasons: list[RefusalReason]
    applications: list[ActCount]
    waiting: Waiting
    funnel: list[FunnelGroup]
