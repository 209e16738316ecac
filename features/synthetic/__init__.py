"""The demo bank: invented people and loans from a seed and a stated recipe, all of it labelled as generated."""

from features.synthetic.bank import DemoBank, customer_rows, demo_accounts, demo_bank, write_book
from features.synthetic.recipe import DRIFT_FEATURE, DRIFT_MONTH, DRIFT_SHIFT
from lending.settings import DEMO_PASSWORD

__all__ = [
    "DEMO_PASSWORD",
    "DRIFT_FEATURE",
    "DRIFT_MONTH",
    "DRIFT_SHIFT",
    "DemoBank",
    "customer_rows",
    "demo_accounts",
    "demo_bank",
    "write_book",
]
