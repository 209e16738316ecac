"""Commands that answer about loans: quote, decide, replay, and `loan` for figures alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command
from flows.quote_words import show_quote
from lending.domain.days import day_from
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

DayOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Decide as on this day, YYYY-MM-DD.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    command(app, "quote")(quote)
    command(app, "decide")(decide)
    command(app, "replay")(replay)
    loan = typer.Typer(help="Figures in, figures out; no customer needed (JSON on stdin).", no_args_is_help=True)
    command(loan, "schedule")(schedule)
    command(loan, "apr")(apr)
    command(loan, "prepay")(prepay)
    command(loan, "change-term")(change_term)
    command(loan, "payoff")(payoff)
    app.add_typer(loan, name="loan")


def quote(
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="Whose loan, such as C00001.")],
    product: Annotated[
        str, typer.Option("--product", help="car, home, gold, education; in market in also gold_bullet.")
    ],
    amount: Annotated[str, typer.Option("--amount", help="In the market's currency, such as 20000.")],
    term_months: Annotated[int | None, typer.Option("--term-months", help="Left out: the balanced offer's.")] = None,
    collateral: Annotated[str | None, typer.Option("--collateral", metavar="JSON", help="What secures it.")] = None,
    co_applicant: Annotated[str | None, typer.Option("--co-applicant", metavar="ID", help="Who signs too.")] = None,
    refinances: Annotated[
        list[str] | None, typer.Option("--refinances", metavar="LOAN_ID", help="A loan that it pays off; repeatable.")
    ] = None,
    as_of: DayOption = None,
) -> Answer:
    """Decide on one loan and record it, with offers and a plan; a refused loan is a result."""
    from serving.assembly import platform
    from serving.parse import loan_ask
    from serving.strict_json import parse_json

    wanted: dict[str, Any] = {"product": product, "amount": amount}
    optional = {"term_months": term_months, "co_applicant": co_applicant, "refinances": refinances}
    wanted |= {name: value for name, value in optional.items() if value is not None}
    if collateral is not None:
        wanted["collateral"] = parse_json(collateral.encode())
    place = platform()
    result = place.advice.quote(customer, loan_ask(wanted), channel="cli", actor="cli", as_of=_day(as_of))
    return Answer(result, lambda console: show_quote(console, result, place.settings.market))


def decide(
    source: Annotated[Path, typer.Option("--in", metavar="FILE", help="One JSON request a line.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="One JSON decision a line, same order.")],
) -> Answer:
    """Decide on many loans with the same function as `quote`; the output file appears whole or not at all."""
    from flows.scoring import decide_requests

    done = decide_requests(source, target)
    words = f"{done['decided']} of {done['lines']} lines decided in {done['seconds']} s, written to {target}"
    failed = f"; {done['failed']} could not be read, see their `error`" if done["failed"] else ""
    return Answer(done, lambda console: console.print(words + failed), exit_code=2 if done["failed"] else 0)


def replay(
    decision_ids: Annotated[list[str] | None, typer.Argument(metavar="DECISION_ID", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay every decision on record.")] = False,
) -> Answer:
    """Recompute recorded decisions and compare them byte for byte; exit code 1 when one differs."""
    from serving.assembly import platform

    if bool(decision_ids) == everything:
        raise InputError(
            "replay needs decision ids or --all, one of the two", field="DECISION_ID", expected="ids or --all",
            do="Write: candor replay --all",
        )  # fmt: skip
    report = platform().replay.run(None if everything else decision_ids)
    body = report.as_dict()
    return Answer(body, lambda console: _show_replay(console, body), exit_code=0 if report.clean else 1)


def schedule() -> Answer:
    """Repayment schedule of {principal, annual_rate, term_months, repayment?, fees?, apr_method?}, read from stdin."""
    from lending.domain.schedule import quote_schedule

    return _figures(quote_schedule)


def apr() -> Answer:
    """APR of {amount_financed or advances, unit_periods_per_year, streams}, read from stdin (actuarial method)."""
    from lending.domain.apr import apr_answer

    return _figures(apr_answer)


def prepay() -> Answer:
    """Paying back part early: a loan as for schedule, and {month, amount, keep, charge_fraction?}, read from stdin."""
    from lending.domain.prepayment_answers import prepay_answer

    return _figures(prepay_answer)


def change_term() -> Answer:
    """Other months to come: a loan as for schedule, and {month, remaining_months, new_annual_rate?}, from stdin."""
    from lending.domain.prepayment_answers import change_term_answer

    return _figures(change_term_answer)


def payoff() -> Answer:
    """Repaying at once: a loan as for schedule, and {month, days?} or {disbursed, paid_on}, on stdin."""
    from lending.domain.prepayment_answers import payoff_answer

    return _figures(payoff_answer)


def _figures(compute: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Answer:
    from serving.strict_json import parse_json

    result = compute(parse_json(sys.stdin.buffer.read()))
    return Answer(result, lambda console: _show_figures(console, result))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return day_from(text)
    except ValueError:
        raise InputError(
            f"--as-of is {text[:40]}; expected a day such as 2026-09-01",
            field="as_of", found=text[:40], expected="YYYY-MM-DD", do="Write the day as YYYY-MM-DD.",
        ) from None  # fmt: skip


def _show_replay(console: Console, result: Mapping[str, Any]) -> None:
    console.print(f"{result['checked']} checked, {result['equal']} equal, {result['erased']} erased")
    for row in result["statuses"]:
        console.print(f"[red]{row['status']}:[/red] {row['decision_id']} {row['detail']}")
    console.print("chain of records: " + ("whole" if result["chain_ok"] else "[red]broken[/red]"))


def _show_figures(console: Console, result: Mapping[str, Any]) -> None:
    from rich.table import Table

    for name, value in result.items():
        if not isinstance(value, list):
            console.print(f"{name}: {value if isinstance(value, str) else json.dumps(value)}", markup=False)
    for rows in (v for v in result.values() if isinstance(v, list) and v and isinstance(v[0], dict)):
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*map(str, row.values()))
        console.print(table)
