"""Commands about how loans turned out: outcomes add; monitor performance, monitor fairness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from serving.outcomes import Taken

_PERIODS = ("month", "quarter", "year")
Data = Annotated[str, typer.Option("--data", metavar="NAME", help="A data set; left out: the bank's own decisions.")]
Cut = Annotated[str, typer.Option("--period", metavar="|".join(_PERIODS), help="What time is cut into.")]
Product = Annotated[str, typer.Option("--product", metavar="NAME", help="One loan type; left out: all.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="How loans turned out.", no_args_is_help=True)
    command(group, "add")(add)
    app.add_typer(group, name="outcomes")


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, or .csv: decision_id, known_on, bad.")],
) -> Answer:
    """Write down what became of loans. The same again changes nothing; exit code 1 when a line was not taken."""
    from flows.steps import account
    from flows.steps_outcomes import add_outcomes

    taken = add_outcomes(file, account())
    return Answer(taken.as_dict(), lambda console: _show_taken(console, taken), int(any(taken.refused.values())))


def performance(data: Data = "live", period: Cut = "quarter", product: Product = "") -> Answer:
    """How the model does in every period: estimated at once, found when outcomes arrive, and how far apart."""
    from flows.steps_performance import performance_of

    check_period(period)
    view = performance_of(data, period, product)
    return Answer(view, lambda console: _show_performance(console, view))


def fairness(data: Data = "live", period: Cut = "quarter", product: Product = "") -> Answer:
    """How often each group is approved, whether a gap is clear, and whether promises come true alike."""
    from flows.steps_fairness import fairness_of

    check_period(period)
    view = fairness_of(data, period, product)
    return Answer(view, lambda console: _show_fairness(console, view))


def check_period(period: str) -> None:
    """Raise InputError when time cannot be cut by it."""
    from lending.domain.errors import InputError

    if period not in _PERIODS:
        expected = ", ".join(_PERIODS)
        raise InputError(
            f"{period[:20]!r} is no period; expected {expected}", code="period", field="--period", found=period[:20],
            expected=expected, do="Write one of these.",
        )  # fmt: skip


def _show_taken(console: Console, taken: Taken) -> None:
    console.print(f"{taken.added} new, {taken.again} known already, of {taken.lines} lines", markup=False)
    for kind, found in taken.refused.items():
        for one in found[:20]:
            console.print(f"{kind.replace('_', ' ')}: line {one.line} {one.decision_id}: {one.why}", markup=False)
        if len(found) > 20:
            console.print(f"{kind.replace('_', ' ')}: and {len(found) - 20} more", markup=False)


def _show_performance(console: Console, view: Mapping[str, Any]) -> None:
    rows = [
        (row["period"], str(row["loans"]), str(row["bads"]) if row["found"] else "",
         _figure(row["estimated"].get("bad_rate")), _figure(row["found"].get("bad_rate")),
         _figure(row["estimated"].get("auc")), _figure(row["found"].get("auc")), f"{row['verdict']}: {row['why']}")
        for row in view["rows"]
    ]  # fmt: skip
    heads = ("period", "loans", "bad", "bad rate estimated", "found", "AUC estimated", "found", "verdict")
    _table(console, f"{view['data']}; PDs are {view['promises']}", heads, rows)
    for name, error in view["error"].items():
        if error["mean"] is not None:
            console.print(f"Estimates of {name}: {error['inside']} of {error['periods']} held what came; "
                          f"off by {error['size']:.4f} on average", markup=False)  # fmt: skip


def _show_fairness(console: Console, view: Mapping[str, Any]) -> None:
    rows = [
        (f"{one['attribute']}: {one['group']}", str(one["decided"] or ""), _figure(one["rate"]), _figure(one["ratio"]),
         f"{one['verdict']}: {one['why']}")
        for one in view["whole"]
    ]  # fmt: skip
    _table(console, f"{view['data']}, approved by {view['approved_by']}",
           ("group", "decided", "approved", "of the best group's", "verdict"), rows)  # fmt: skip
    for one in view["promises"]:
        if one["verdict"] == "look into it":
            console.print(f"{one['attribute']} {one['group']}: {one['why']}", markup=False)


def _table(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(title=title, box=None)
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _figure(one: Mapping[str, float] | None) -> str:
    return "" if one is None else f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]".replace("[", "\\[")
