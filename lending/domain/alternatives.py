"""What a refused customer could have instead: choices near the wish, every one of them decided and approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import partial

from lending.domain.application import Applicant, Application, Collateral, Outcome
from lending.domain.approval import Passes
from lending.domain.changes import put
from lending.domain.decision import Decision
from lending.domain.lever import Lever
from lending.domain.levers import costed_at, levers_now, page_terms, smaller_amount
from lending.domain.money import Money, money_text, plain
from lending.domain.offers import DecideMany
from lending.domain.policy import Rulebook, Wording
from lending.domain.search import Search, approving, in_lockstep, least, remembering

OTHER_PRODUCT, BEST_TERM = "other_product", "smaller_amount_best_term"
_KINDS = {
    "smaller_amount": "smaller_amount",
    "larger_deposit": "smaller_amount",
    "longer_term": "longer_term",
    "shorter_term": "shorter_term",
    "co_applicant": "co_applicant",
    "more_collateral": "more_collateral",
    "more_gold": "more_collateral",
}
"""Action to the kind of alternative that it makes when taken alone."""


_Found = tuple[str, Application]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A request that would be approved, and the decision that says so."""

    kind: str
    application: Application
    decision: Decision

    def as_dict(self, wording: Wording) -> dict[str, object]:
        """JSON-ready; money as text with two places."""
        request, other, terms = self.application.request, self.application.co_applicant, self.decision.terms
        return {
            "kind": self.kind,
            "text": wording.alternatives[self.kind],
            "product": request.product,
            "amount": money_text(request.amount),
            "term_months": request.term_months,
            "co_applicant": None if other is None else other.customer_id,
            "collateral": None if request.collateral is None else _security(request.collateral),
            "annual_rate": None if terms is None else plain(terms.annual_rate),
            "instalment": None if terms is None else money_text(terms.instalment),
        }


def _security(item: Collateral) -> dict[str, str]:
    """As a request states it."""
    figures = {"weight_g": item.weight_g, "purity_k": item.purity_k}
    known = {name: plain(figure) for name, figure in figures.items() if figure is not None}
    return {"kind": item.kind, **known, **({} if item.value is None else {"value": money_text(item.value)})}


def alternatives(
    application: Application,
    decision: Decision,
    decide_many: DecideMany,
    books: Mapping[str, Rulebook],
    partners: Sequence[Applicant] = (),
    approve_many: Passes | None = None,
) -> tuple[Alternative, ...]:
    """Requests near the one that was declined which would be approved; none for any other outcome.

    One of a kind: the largest smaller amount at the wished term; where neither a longer nor a shorter term carries the
    wished amount, the largest one over all terms of the page; the shortest longer and the longest shorter term; each
    co-applicant; the least more of what secures the loan; and of each other product that is for any purpose, or
    that a failed rule points to, the wished amount, or the most of it down to `alternative_amount_share_min`, at its
    usual term or its longest, with the least gold that it needs.

    Args:
        application: what was asked.
        decision: the answer to it.
        decide_many: the whole pipeline for many at once; decides every alternative that comes back.
        books: every product of the catalogue on the day, by name.
        partners: people who agreed to sign with the applicant.
        approve_many: a quicker way to tell what `decide_many` approves, to search with.
    """
    if decision.outcome is not Outcome.DECLINE:
        return ()
    book, passes = books[application.request.product], remembering(approve_many or approving(decide_many))
    now = levers_now(application, costed_at(decision, book), partners, book)
    levers = [lever for lever in now if lever.action in _KINDS]
    ways = {way for f in decision.findings if not f.passed for way in f.ways_in}
    others = [other for other in books.values() if other is not book and _serves(other, ways)]
    searches = [*(_alone(lever, application) for lever in levers), *(_other(application, o, partners) for o in others)]
    found = [one for one in in_lockstep(searches, passes) if one is not None]
    if not {"longer_term", "shorter_term"} & {kind for kind, _ in found}:
        (best,) = in_lockstep([_best_term(application, book)], passes)
        found += [] if best is None else [best]
    return _checked(found, decide_many)


def _alone(lever: Lever, application: Application) -> Search[_Found | None]:
    """The least of one lever that is approved."""
    level = yield from least(partial(lever.at, application), lever.probes)
    return None if level is None else (_KINDS[lever.action], lever.at(application, level))


def _best_term(application: Application, book: Rulebook) -> Search[_Found | None]:
    """The largest smaller amount over the page's terms where it beats that of the wished term, at its longest term.

    Of the terms that beat what is known the middle one gives a new best: about half of them beat that one in turn.
    """
    lever = smaller_amount(application, book)
    if lever is None:
        return None
    own = yield from least(partial(lever.at, application), lever.probes)
    ceiling, best = lever.top if own is None else own - 1, None
    every = [put(application, "longer_term", Decimal(term)) for term in reversed(page_terms(book))]
    terms = every
    while terms and ceiling:
        hits = yield [lever.at(one, ceiling) for one in terms]
        terms = [one for one, hit in zip(terms, hits, strict=True) if hit]
        if terms:
            middle = terms[len(terms) // 2]
            best = (yield from least(partial(lever.at, middle), (ceiling,))) or ceiling
            terms, ceiling = [one for one in terms if one is not middle], best - 1
    if best is None:
        return None
    as_good = yield [lever.at(one, best) for one in every]
    return BEST_TERM, lever.at(every[as_good.index(True)], best)


def _serves(book: Rulebook, ways: set[str]) -> bool:
    """Whether a product is for any purpose (no `purpose_bound`), or a failed rule points to it."""
    return not book.get("purpose_bound") or f"{book.product.name}_loan" in ways


def _other(application: Application, book: Rulebook, partners: Sequence[Applicant]) -> Search[_Found | None]:
    """Another product for the wished amount, or for the most of it that counts as about the same."""
    asked, enough = _as_product(application, book), application.request.amount * book["alternative_amount_share_min"]
    if asked.request.amount < max(book["amount_min"], enough):
        return None
    lever = smaller_amount(asked, book, enough)
    starts = _starts(asked, book, partners)
    whole = yield starts
    if True in whole:
        return OTHER_PRODUCT, (yield from _least_gold(starts[whole.index(True)], application, book))
    if lever is None:
        return None
    less = yield [lever.at(one, lever.top) for one in starts]
    if True not in less:
        return None
    start = starts[less.index(True)]
    level = yield from least(partial(lever.at, start), lever.probes)
    return OTHER_PRODUCT, (yield from _least_gold(lever.at(start, level or lever.top), application, book))


def _as_product(application: Application, book: Rulebook) -> Application:
    """The same wish for another product: no more than its largest loan, and with gold where it asks for gold."""
    request = application.request
    amount, item = Money(min(request.amount, book["amount_max"])), request.collateral
    if item is not None and item.kind != book.product.collateral:
        item = None
    if item is None and book.product.collateral == "gold":
        item = Collateral("gold", None, _ample_grams(amount, book), book["alternative_gold_karat"])
    return replace(application, request=replace(request, product=book.product.name, amount=amount, collateral=item))


def _ample_grams(amount: Money, book: Rulebook) -> Decimal:
    """Gold of the usual purity worth as much more than the amount as a plan may ask for."""
    gram = book["alternative_gold_karat"] / 24 * book["gold_price_per_gram"]
    worth = amount * (1 + book["recourse_collateral_growth_max"])
    return (worth / gram).to_integral_value(ROUND_CEILING)


def _starts(asked: Application, book: Rulebook, partners: Sequence[Applicant]) -> list[Application]:
    """Alone before with somebody, and the usual term before the longest."""
    signing = [asked.co_applicant] if asked.co_applicant else [None, *partners]
    terms = dict.fromkeys((book["term_months_default"], book["term_months_max"]))
    return [put(put(asked, "co_applicant", one), "longer_term", term) for one in signing for term in terms]


def _least_gold(found: Application, application: Application, book: Rulebook) -> Search[Application]:
    """The same with as little gold as it needs, where gold was not offered but assumed."""
    item, offered = found.request.collateral, application.request.collateral
    if item is None or item.weight_g is None or (offered is not None and offered.kind == item.kind):
        return found
    step, top = book["recourse_gold_step"], int(item.weight_g / book["recourse_gold_step"])
    level = yield from least(lambda n: put(found, "more_gold", n * step), (top,))
    return put(found, "more_gold", (level or top) * step)


def _checked(found: Sequence[_Found], decide_many: DecideMany) -> tuple[Alternative, ...]:
    """Each decided once more by the whole pipeline; what is not approved is left out."""
    again = decide_many([one for _, one in found]) if found else ()
    made = (Alternative(kind, one, decision) for (kind, one), decision in zip(found, again, strict=True))
    return tuple(one for one in made if one.decision.outcome is Outcome.APPROVE)
