"""Names for what happens after a decision. The words are English ones that lenders use."""

from __future__ import annotations

import re

_LATER = (
    "recover", "collection", "settlement", "charged_off", "chargeoff", "charge_off", "write_off", "writeoff",
    "total_rec", "total_pymnt", "total_paid", "paid_total", "total_payment", "last_pymnt", "last_payment", "next_pymnt",
    "next_payment", "late_fee", "out_prncp", "outstanding_princ", "hardship", "default_date", "date_default",
    "months_to_default", "days_past_due_after", "days_to_default", "loss_given", "closed_reason", "close_reason",
    "final_status", "loan_status", "outcome", "foreclos", "repossess", "bad_flag", "chargedoff",
)  # fmt: skip
_EARLIER = re.compile(r"prior|prev|past_|before|histor|ever|_last_|_\d+_?m(th|onth)?s?\b|_\d+_?y|months_since|ex_med")


def speaks_of_later(name: str) -> bool:
    """True for names such as `recoveries`; false where the name says that it looks back.

    >>> [speaks_of_later(n) for n in ("recoveries", "Last Payment", "collections_12_mths_ex_med", "income")]
    [True, True, False, False]
    """
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return any(part in plain for part in _LATER) and not _EARLIER.search(plain)
