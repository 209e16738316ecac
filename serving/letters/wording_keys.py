"""Which words a market's letters need, and which figures each sentence has places for."""

from __future__ import annotations

from collections.abc import Mapping


def _keys(plain: str, *with_places: str) -> dict[str, frozenset[str]]:
    """Names without places, then lines of a name and its places."""
    found = dict.fromkeys(plain.split(), frozenset[str]())
    for line in with_places:
        name, *places = line.split()
        found[name] = frozenset(places)
    return found


_SHEET = _keys(
    "sample generated sample_note reference offer date greeting",
    "named_greeting name",
    "questions phone email reference",
)
_NOTICE = _keys(
    """decline_title decline_kind decline_opening counter_title counter_kind counter_opening counter_offer
    referral_title referral_kind referral_opening incomplete_title incomplete_kind incomplete_opening incomplete_needs
    amount term rate apr instalment single repaid reasons other_applicant""",
    "asked amount term product",
    "counter_until until",
    "referral_next until",
    "incomplete_next until",
)
_REPORT = _keys(
    "title used toll_free score_title score_used score_value score_date score_range score_factors",
    "rights days",
    "score_low_high low high",
    "score_questions name phone",
)
_LOAN = (
    "summary amount repaid term cost",
    "valid until",
)
_KEY_FACTS_US = _keys(
    """title box schedule count each due waiting rate late late_none prepayment prepayment_free security security_none
    security_vehicle security_property security_gold paid_out given account financed loan product amount term fixed_rate
    variable_rate instalment single interest cost fee_processing fee_upfront fee_withheld fee_financed conditions also
    also_home also_education""",
    *_LOAN,
    "once first",
    "monthly first",
    "waiting_simple months",
    "waiting_compound months",
    "waiting_paid months",
    "variable index rate higher payment risen",
    "late_text grace fee",
    "prepayment_charged charge",
    "itemised financed",
    "others fee",
    "prepaid fee",
    "fee fee when",
)
_KEY_FACTS_IN = _keys(
    """title part_1 part_2 number item details proposal product amount disbursal in_full term instalment
    instalment_kind kind_monthly kind_single count each last begins waiting waiting_simple waiting_compound waiting_paid
    rate benchmark reference reference_rate spread final reset_b reset_s impact_count not_floating fees fee_others none
    fee_processing apr contingent penal_other foreclosure switching recovery grievance officer officer_phone
    officer_email transfer co_lending digital cooling_off recovery_agent security security_none security_vehicle
    security_property security_gold conditions computation interest payable net total due due_monthly schedule month
    outstanding principal paid_interest paid""",
    *_LOAN,
    "begins_after months",
    "fixed rate",
    "floating rate",
    "impact_each change",
    "fee_ours fee",
    "penal grace",
    "foreclosure_share charge",
)

TEXTS: Mapping[str, Mapping[str, Mapping[str, frozenset[str]]]] = {
    "us": {"sheet": _SHEET, "key_facts": _KEY_FACTS_US, "notice": _NOTICE, "report": _REPORT},
    "in": {"sheet": _SHEET, "key_facts": _KEY_FACTS_IN, "notice": _NOTICE},
}
"""Market to groups of sentences to names and their places."""

_EVERYWHERE = {"creditor": ("name", "address", "phone", "email"), "answer": ("days",), "completion": ("days",)}
_PHRASE = ("label", "phrase")
PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "us": {
        **_EVERYWHERE,
        "agency": ("name", "address"),
        "bureau": ("name", "address", "phone"),
        "score": ("low", "high"),
        "factors": ("most", "beyond"),
        "report_copy": ("days",),
        "index": ("name",),
        "apr": _PHRASE,
        "finance_charge": _PHRASE,
        "amount_financed": _PHRASE,
        "total_of_payments": _PHRASE,
        "contract": _PHRASE,
        "credit_rights": _PHRASE,
    },
    "in": {
        **_EVERYWHERE,
        "officer": ("name", "phone", "email"),
        "index": ("name", "spread_reset_months", "benchmark_reset_months"),
        "impact": ("change",),
        "cooling_off": ("days",),
        "clauses": ("recovery", "grievance", "transfer"),
        "complaint_rights": (*_PHRASE, "office"),
    },
}
"""Market to dated parts to the words of each."""
