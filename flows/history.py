"""The past of the demo bank: generated requests of generated customers, decided by the function that decides today.

They are decided with the facts, rules and prices of their day and written into the ledger with a moment of that day;
the actor says that they are generated. Going on where it ended, it is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from lending.domain.errors import CandorError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from features.synthetic.history import Wanted
    from flows.steps import Progress
    from lending.settings import Settings
    from serving.assembly import Platform
    from serving.batch import Asked, Prepared
    from serving.decide import Quotes

DEPLOYMENT = "seed-history"
ACTOR = "demo history (generated)"
"""Who stands in the ledger."""
DAYS = 540
"""How far back the first history goes: eighteen months, so that loans of its first months have turned out by now."""
_BEFORE_A_CHOICE = "home"
"""The page on which no loan type is chosen yet."""
_OPENS = time(9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Ticking:
    """A clock of the past: each look at it is some minutes later."""

    at: datetime

    def now(self) -> datetime:
        """The moment, and on."""
        self.at += timedelta(minutes=7)
        return self.at


def seed_history(seed: int, days: int, progress: Progress) -> dict[str, Any]:
    """`make_history` on the platform of this installation."""
    from serving.assembly import platform

    return make_history(platform(), seed, days, progress)


def make_history(place: Platform, seed: int, days: int, progress: Progress) -> dict[str, Any]:
    """Decide what was asked on each day from the last one of the history to yesterday, day by day.

    Args:
        place: the bank.
        seed: of the requests.
        days: how far back a history begins that is not there yet.
        progress: told the share done, 0 to 1, and the day.

    Returns:
        `{first, last, decided, refused, visits, counted}`: days (None where there was nothing to do) and numbers.

    Raises:
        RefusedError: the profile is production, or no model decides yet.
    """
    _check(place)
    span = list(_days(place, days))
    people = _people(place)
    decided = refused = visits = 0
    for number, day in enumerate(span):
        answers, seen = live_day(place, people, day, seed)
        wrong = sum(isinstance(one, CandorError) for one in answers)
        decided, refused, visits = decided + len(answers) - wrong, refused + wrong, visits + seen
        if day.day == 1:
            progress(number / len(span), f"deciding what was asked in {day:%B %Y}")
    first, last = (span[0].isoformat(), span[-1].isoformat()) if span else (None, None)
    return {"first": first, "last": last, "decided": decided, "refused": refused, "visits": visits,
            "counted": _count(place)}  # fmt: skip


def live_day(
    place: Platform, people: Sequence[str], day: date, seed: int
) -> tuple[Sequence[Prepared | CandorError], int]:
    """One day of the past, wholly or not at all: its requests, decided as of that day, and the number of its visits.

    All is decided before the transaction: whoever writes holds up every other writer.
    """
    from serving.batch import prepare_many, to_write

    quotes: Quotes = place.quotes_recorded_by(Ticking(datetime.combine(day, _OPENS)))
    answers = prepare_many(quotes, asked_on(place, people, day, seed))
    with quotes.decisions.together():
        quotes.decisions.write(to_write(answers), "batch", ACTOR)
        return answers, visit_day(place, people, day, seed)


def asked_on(place: Platform, people: Sequence[str], day: date, seed: int) -> Sequence[Asked]:
    """What is asked for on a day, by people as they were then."""
    from features.synthetic.history import asking, requests_of

    names = asking(day, people, seed)
    facts = place.records.customers.facts_many(names, day)
    found = [facts[name] for name in names if name in facts]
    return [_asked(place, one, day) for one in requests_of(day, found, place.settings.market, seed)]


def visit_day(place: Platform, people: Sequence[str], day: date, seed: int) -> int:
    """Note one day's visits of the portal, unless their events would be deleted soon; answers how many visits."""
    from features.synthetic.history import visits_on

    lists = place.behaviour.lists
    if (place.clock.now().date() - day).days >= lists.retention_days:
        return 0
    noting = replace(place.behaviour, clock=Ticking(datetime.combine(day, _OPENS)))
    visits = visits_on(day, people, seed)
    for number, visit in enumerate(visits):
        for step in lists.funnel[: visit.steps]:
            event = {"event": step.event, "page": step.page, "step": (*step.steps, "")[0],
                     "product": "" if step.page == _BEFORE_A_CHOICE else visit.product}  # fmt: skip
            noting.note(f"{ACTOR} {day} {number}", visit.customer_id, event)
    return len(visits)


class Runs(Protocol):
    """Starts flows; `serving.ports.FlowRuns`."""

    def start(self, deployment: str, parameters: Mapping[str, Any]) -> Any: ...


class HistoryKeeper:
    """Starts the flow once, as soon as a model decides for a demo bank."""

    def __init__(self, settings: Settings, runs: Runs, say: Callable[[str], None]) -> None:
        self._settings, self._runs, self._say = settings, runs, say
        self._asked = settings.profile == "production"

    def look(self) -> None:
        """One look; trouble is told once."""
        from flows.up_watch import read_champion

        if self._asked or not read_champion(self._settings):
            return
        self._asked = True
        try:
            self._runs.start(DEPLOYMENT, {"request": {"seed": self._settings.seed}})
        except CandorError as error:
            self._say(f"the demo bank gets no past: {error}. By hand: candor flow run seed-history")
            return
        self._say("the demo bank is given a generated past; the staff pages fill within some minutes")


def _count(place: Platform) -> int:
    """Count what is new; visits of days that were counted before, without these, are counted again."""
    counted = place.counting.run()
    for one in place.counting.days:
        one.again()
    return counted


def _check(place: Platform) -> None:
    if place.settings.profile == "production":
        raise RefusedError(
            "a generated history has no place in the production profile", code="production",
            expected="CANDOR_PROFILE=demo", do="Let real customers make it.",
        )  # fmt: skip
    if place.champion.current() is None:
        raise RefusedError(
            "no model decides yet, so there is nothing to decide a history with", code="no_model",
            expected="a champion", do="Train first: candor train, or wait until candor up has.",
        )  # fmt: skip


def _days(place: Platform, days: int) -> Iterator[date]:
    """The days that are still to be decided, oldest first; today is left to those who live."""
    today = place.clock.now().date()
    latest = place.records.countable.latest_by(ACTOR)
    day = latest.date() + timedelta(days=1) if latest else today - timedelta(days=days)
    while day < today:
        yield day
        day += timedelta(days=1)


def _people(place: Platform) -> list[str]:
    """Everybody but the fixed people, whose own history belongs to whoever tries them."""
    from features.synthetic.personas import PERSONAS

    fixed = {one.customer_id for one in PERSONAS}
    return [name for name in place.records.customers.ids() if name not in fixed]


def _asked(place: Platform, one: Wanted, day: date) -> Asked:
    from lending.domain.application import Collateral
    from lending.domain.money import money
    from serving.decide import LoanAsk

    security = None
    if one.gold_g is not None:
        security = Collateral("gold", None, Decimal(str(one.gold_g)), Decimal(one.purity_k or 0))
    elif one.property_value is not None:
        security = Collateral("property", money(one.property_value))
    other = next(iter(place.records.customers.co_applicants(one.customer_id)), None) if _needs_two(one) else None
    ask = LoanAsk(one.product, money(one.amount), one.term_months, security, other[0] if other else None)
    return one.customer_id, ask, day


def _needs_two(one: Wanted) -> bool:
    """A student asks together with a parent."""
    return one.product == "education"
