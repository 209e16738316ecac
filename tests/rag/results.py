"""Quote results as the engine gives them, drawn at random: for texts and their corruptions."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from lending.domain.instalments import instalment

CENT = Decimal("0.01")


def an_offer(draw, goal, amount, months, rate):
    paid = instalment(amount, rate, months)
    interest = (paid * months - amount).quantize(CENT)
    fee = (amount * Decimal("0.005")).quantize(CENT)
    return {
        "offer_id": "o_x", "goal": goal, "goals": [goal], "recommended": goal == "balanced", "amount": str(amount),
        "term_months": months, "annual_rate": str(rate), "instalment": str(paid),
        "apr": str((rate + Decimal("0.003") + Decimal(draw.randint(1, 99)) / 100_000).normalize()),
        "fees": [{"code": "processing", "amount": str(fee), "when": "upfront", "finance_charge": True}],
        "total_interest": str(interest), "total_cost": str(interest + fee), "pros": [], "cons": [],
        "valid_until": str(date(2026, 12, 1) + timedelta(days=draw.randint(0, 200))),
    }  # fmt: skip


@lru_cache(maxsize=4096)
def an_approval(seed):
    draw = random.Random(seed)
    amount = Decimal(draw.randrange(2_000, 90_000, 100)).quantize(CENT)
    rate = Decimal(draw.randrange(730, 1900, 5)) / 10_000
    low, middle, high = sorted(draw.sample(range(6, 84, 6), 3))
    best = an_offer(draw, "balanced", amount, middle, rate)
    cheap, easy = (
        an_offer(draw, "lowest_cost", amount, low, rate),
        an_offer(draw, "lowest_instalment", amount, high, rate),
    )
    saved = {k: str(Decimal(best[k]) - Decimal(o[k])) for k, o in (("instalment", easy), ("total_cost", cheap))}
    best["cons"] = [
        {"code": "instalment_above", "text": "", "value": saved["instalment"]},
        {"code": "cost_above", "text": "", "value": saved["total_cost"]},
    ]
    return {
        "outcome": "approve", "product": "car", **{k: best[k] for k in (
            "amount", "term_months", "annual_rate", "instalment", "apr", "fees", "total_interest", "total_cost",
            "valid_until")},
        "as_of": "2026-11-21", "findings": [], "reasons": [], "recourse": [], "alternatives": [],
        "offers": [best, easy, cheap],
    }  # fmt: skip


@lru_cache(maxsize=4096)
def a_refusal(seed):
    draw = random.Random(seed)
    amount, months = Decimal(draw.randrange(5_000, 90_000, 100)).quantize(CENT), draw.randrange(12, 84, 6)
    score, needed = draw.randint(480, 640), draw.choice([650, 680, 700])
    dti, most = Decimal(draw.randint(3600, 7900)) / 10_000, Decimal(draw.choice(["0.35", "0.38", "0.40"]))
    less = amount - draw.randrange(500, 4000, 50)
    findings = [
        {"rule": "car_score", "field": "credit_score", "value": str(score), "limit": str(needed), "unit": "points",
         "operator": "at_least", "passed": False},
        {"rule": "car_dti", "field": "dti", "value": str(dti), "limit": str(most), "unit": "fraction",
         "operator": "at_most", "passed": False},
    ]  # fmt: skip
    return {
        "outcome": "decline", "product": "car", "amount": str(amount), "term_months": months, "annual_rate": None,
        "instalment": None, "apr": None, "fees": [], "total_interest": None, "total_cost": None, "valid_until": None,
        "as_of": "2026-11-21", "offers": [], "alternatives": [], "findings": findings,
        "reasons": [{"code": "credit_score_low", "field": "credit_score", "text": "Your credit score is too low.",
                     "rank": 1},
                    {"code": "debt_burden_too_high", "field": "dti", "text": "Your monthly debts are too high.",
                     "rank": 2}],
        "recourse": [{"steps": [{"action": "smaller_amount", "from": str(amount), "to": str(less), "cost": "0.00",
                                 "months": 0},
                                {"action": "longer_term", "from": str(months), "to": str(months + 12),
                                 "cost": "120.00", "months": 0}],
                      "cost": "120.00", "months": 0, "gives": {}}],
        "why_no_plan": None,
    }  # fmt: skip
