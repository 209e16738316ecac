"""A small data set for flows, added by its mapping file."""

from __future__ import annotations

import random
from pathlib import Path

ROWS = 1200


def add_small_book(home: Path) -> str:
    """Add loans whose risk falls with the score and rises with the debt; answers the name of the data set."""
    from serving.assembly import platform

    draw = random.Random(5)
    lines = ["loan,day,income,score,debt,amount,months,bad"]
    for number in range(ROWS):
        score, debt = draw.randint(450, 820), round(draw.uniform(0.05, 0.6), 3)
        risk = min(0.9, max(0.02, 0.25 + (600 - score) / 500 + (debt - 0.3)))
        income, amount = draw.randint(1800, 9000), draw.randrange(2000, 40000, 50)
        day = f"2025-{1 + number * 12 // ROWS:02d}-{draw.randint(1, 28):02d}"
        lines.append(f"L{number},{day},{income},{score},{debt},{amount},36,{int(draw.random() < risk)}")
    (home / "book.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = home / "small.yaml"
    mapping.write_text(
        "name: small_book\nsource: {path: book.csv}\nid: loan\ndate: {column: day, format: '%Y-%m-%d'}\n"
        "label: {column: bad, bad: [1], good: [0]}\nfields:\n  gross_monthly_income: income\n  credit_score: score\n"
        "  dti_before: debt\n  amount: amount\n  term_months: months\n",
        encoding="utf-8",
    )
    return platform().datasets.add(mapping)
