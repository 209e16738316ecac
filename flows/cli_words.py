"""Commands about texts: explain a decision; under kb the prompts, what readers say, and the traces of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

Id = Annotated[str, typer.Argument(metavar="FEEDBACK_ID", help="As `candor kb feedback list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Who looked at it.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands; those under kb join the group that is there."""
    command(app, "explain")(explain)
    command(app, "advise")(advise)
    kb = next(group.typer_instance for group in app.registered_groups if group.name == "kb")
    assert kb is not None  # noqa: S101 - flows.cli registers cli_kb first
    for body in (prompts, traces):
        command(kb, body.__name__)(body)
    said = typer.Typer(help="What readers say: look at it, accept it into the evaluation.", no_args_is_help=True)
    command(said, "list")(list_feedback)
    command(said, "accept")(accept)
    command(said, "reject")(reject)
    kb.add_typer(said, name="feedback")


def explain(
    decision_id: Annotated[str, typer.Argument(metavar="DECISION_ID", help="A recorded decision.")],
    staff: Annotated[bool, typer.Option("--staff", help="The summary for the officer of the case.")] = False,
) -> Answer:
    """A recorded decision in words, with its sources, as its customer or its officer reads it."""
    from serving.api.streams import whole
    from serving.assembly import platform

    place = platform()
    if staff:
        events = place.words.case_summary(decision_id, "cli")
    else:
        customer = place.decisions.get(decision_id).customer_id
        events = place.words.explanation(customer, decision_id, "cli")
    text = {"decision_id": decision_id, **whole(events)}
    return Answer(text, lambda console: _show_text(console, text))


def advise(
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="Whose loan, such as C00001.")],
    amount: Annotated[str, typer.Option("--amount", help="In the market's currency, such as 12000.")],
    need: Annotated[str | None, typer.Option("--need", help="The product made for it: car, home, education.")] = None,
    term_months: Annotated[int | None, typer.Option("--term-months", help="Left out: each balanced offer's.")] = None,
    collateral: Annotated[str | None, typer.Option("--collateral", metavar="JSON", help="What secures it.")] = None,
) -> Answer:
    """Which loan suits a need: what every product would give, and which one to take. Nothing is recorded."""
    from serving.api.streams import whole
    from serving.assembly import platform
    from serving.parse_words import advice_ask
    from serving.strict_json import parse_json

    given = {"amount": amount, "need": need, "term_months": term_months}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if collateral is not None:
        wanted["collateral"] = parse_json(collateral.encode())
    ask, need = advice_ask(wanted)
    loans, events = platform().words.analysis(customer, ask, need, "cli")
    body = {"need": need, "loans": [line.as_dict() for line in loans], "text": whole(events)}
    return Answer(body, lambda console: _show_text(console, body["text"]))


def prompts(
    sync: Annotated[bool, typer.Option("--sync/--no-sync", help="Mirror them into MLflow's prompt registry.")] = True,
) -> Answer:
    """Every version of every prompt, who gets which, and what MLflow did not have yet."""
    from flows import language
    from rag.prompt import read_prompts

    found = read_prompts()
    rows = [
        {"prompt": p.key, "sha256": p.sha256, "note": p.note, "share": _share(found.live, p.id, p.version)}
        for p in found.all
    ]
    body = {"prompts": rows, "new_in_mlflow": language.sync_prompts() if sync else []}
    return Answer(body, lambda console: _show_prompts(console, body))


def traces() -> Answer:
    """Write how texts came about to MLflow: those that have no trace yet."""
    from flows import language

    written = language.bring_traces()
    return Answer({"written": written}, lambda console: console.print(f"{written} traces written"))


def list_feedback(
    state: Annotated[str, typer.Option("--state", help="new, accepted, rejected or all.")] = "new",
) -> Answer:
    """What readers say, oldest first."""
    from lending.domain.errors import InputError
    from serving.assembly import platform

    if state not in ("new", "accepted", "rejected", "all"):
        raise InputError(
            f"--state is {state[:20]}", field="state", found=state[:20], expected="new, accepted, rejected or all",
            do="Choose one of them.",
        )  # fmt: skip
    rows = [_feedback(row) for row in platform().feedbacks.list(None if state == "all" else state)]  # type: ignore[arg-type]
    return Answer({"feedback": rows}, lambda console: _show_feedback(console, rows))


def accept(feedback_id: Id, by: By) -> Answer:
    """Let it count in the evaluation of texts."""
    from flows import language

    done = language.review_feedback(feedback_id, "accepted", by)
    return Answer(done, lambda console: console.print(f"{feedback_id} accepted by {by}"))


def reject(feedback_id: Id, by: By) -> Answer:
    """Leave it out of the evaluation."""
    from flows import language

    done = language.review_feedback(feedback_id, "rejected", by)
    return Answer(done, lambda console: console.print(f"{feedback_id} rejected by {by}"))


def _share(live: Mapping[str, Mapping[str, Any]], name: str, version: int) -> str:
    return str(live.get(name, {}).get(str(version), 0))


def _feedback(row: Any) -> dict[str, str]:
    names = ("feedback_id", "about", "subject", "thumb", "reason", "comment", "state")
    return {**{name: getattr(row, name) for name in names}, "at": row.at.isoformat()}


def _show_text(console: Console, text: Mapping[str, Any]) -> None:
    places = {cited["passage"]: number for number, cited in enumerate(text["citations"], 1)}
    for sentence in text["sentences"]:
        marks = "".join(f" [{places[name]}]" for name in sentence["cites"] if name in places)
        console.print(f"{sentence['text']}{marks}", markup=False)
    console.print()
    for cited in text["citations"]:
        place = f"[{places[cited['passage']]}] {cited['title']} › {cited['heading']}"
        console.print(f"{place} ({cited['passage']})", markup=False)
    console.print(f"Written by {text['written_by']}.", markup=False)


def _show_prompts(console: Console, body: Mapping[str, Any]) -> None:
    for row in body["prompts"]:
        console.print(f"{row['prompt']}  share {row['share']}  {row['sha256'][:12]}  {row['note']}", markup=False)
    if body["new_in_mlflow"]:
        console.print(f"new in MLflow: {', '.join(body['new_in_mlflow'])}")


def _show_feedback(console: Console, rows: Sequence[Mapping[str, str]]) -> None:
    from rich.table import Table

    if not rows:
        console.print("Nobody said anything that waits.")
        return
    table = Table("id", "about", "thumb", "reason", "comment", "state")
    for row in rows:
        about = f"{row['about']} {row['subject']}"
        table.add_row(row["feedback_id"], about, row["thumb"], row["reason"], row["comment"], row["state"])
    console.print(table)
