"""Commands about the knowledge base: kb index, search, evaluate, approve, publish, rollback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from rag.chunk import Passage
    from rag.ports import Hit


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    kb = typer.Typer(help="Knowledge base: index it, search it, measure it, go back.", no_args_is_help=True)
    for body in (index, search, show, ask, evaluate, approve, publish, rollback):
        command(kb, body.__name__)(body)
    app.add_typer(kb, name="kb")


def index(
    from_store: Annotated[
        bool, typer.Option("--from-store", help="Index what was published before, without publishing kb/ anew.")
    ] = False,
) -> Answer:
    """Publish the documents, build an index beside the one that answers, and switch if the golden questions pass."""
    from flows.cli_output import progress_bar
    from flows.knowledge_index import refresh_index

    with progress_bar("reading documents") as move:
        release = refresh_index(move, publish=not from_store)
    return Answer(release, lambda console: _show_release(console, release), exit_code=0 if release["switched"] else 1)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A question in your own words.")],
    count: Annotated[int, typer.Option("--count", min=1, max=20, help="Most passages.")] = 5,
    product: Annotated[str | None, typer.Option("--product", help="Leave out passages of other products.")] = None,
    staff: Annotated[bool, typer.Option("--staff", help="Look at texts for staff too.")] = False,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="For which day.")] = None,
) -> Answer:
    """The passages that answer a question, best first."""
    from serving.assembly import platform
    from serving.knowledge import CUSTOMER, STAFF

    day = as_of.date() if as_of else None
    hits = platform().knowledge.search(
        text, audiences=STAFF if staff else CUSTOMER, day=day, product=product, count=count
    )
    return Answer({"passages": [_as_dict(hit) for hit in hits]}, lambda console: _show_hits(console, hits))


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As a citation names it, such as fees@1#2; or fees.")],
    staff: Annotated[bool, typer.Option("--staff", help="Open texts for staff too.")] = False,
) -> Answer:
    """Open what a citation leads to: a passage, or a whole document."""
    from serving.assembly import platform
    from serving.knowledge import CUSTOMER, STAFF

    found = platform().knowledge.opened(name, STAFF if staff else CUSTOMER)
    rows = [_opened(passage) for passage in found]
    return Answer({"passages": rows}, lambda console: _show_passages(console, rows))


def ask(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A question in your own words.")],
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="As this customer's assistant, on their own case.")
    ] = None,
    staff: Annotated[bool, typer.Option("--staff", help="Answer from texts for staff too.")] = False,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="For which day.")] = None,
) -> Answer:
    """An answer in the documents' own words with its sources; with --customer from their record and tools too."""
    from serving.assembly import platform
    from serving.knowledge import CUSTOMER, STAFF

    if customer is not None:
        return _asked_as(customer, text, staff=staff, dated=as_of is not None)
    day = as_of.date() if as_of else None
    found = platform().knowledge.ask(text, audiences=STAFF if staff else CUSTOMER, day=day)
    cited = [_as_dict(hit) for hit in found.hits]
    body = {
        "answer": found.text,
        "found": found.found,
        "citations": [{"doc_id": c["doc_id"], "version": c["version"], "passage": c["passage"]} for c in cited],
        "written_by": found.written_by,
    }
    return Answer(body, lambda console: _show_answer(console, found.text, cited))


def _asked_as(customer: str, text: str, *, staff: bool, dated: bool) -> Answer:
    """What the assistant answers a customer, kept nowhere."""
    from serving.assembly import platform

    if staff or dated:
        raise InputError(
            "--customer goes with neither --staff nor --as-of", field="customer", found="both",
            expected="a customer's own question, asked today", do="Leave one of them out.",
        )  # fmt: skip
    reply = platform().chat.answer(customer, text)
    cited = [one.as_dict() for one in reply.worded.citations]
    body = {
        "answer": reply.text,
        "found": reply.found,
        "citations": [{"doc_id": c["doc_id"], "version": c["version"], "passage": c["passage"]} for c in cited],
        "written_by": reply.worded.written_by,
    }
    return Answer(body, lambda console: _show_answer(console, reply.text, cited))


def evaluate(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Texts of so many days back.")] = 30,
) -> Answer:
    """Ask the golden questions, what tuning saw and the half that only reports; and say how texts did."""
    from dataclasses import asdict

    from flows import language
    from serving.assembly import platform

    found = {half: asdict(scores) for half, scores in platform().knowledge.evaluate().items()}
    told = language.text_scores(days)
    return Answer({**found, "texts": told}, lambda console: _show_scores(console, found, told))


def approve(
    doc: Annotated[str, typer.Argument(metavar="ID", help="A document, ID@VERSION, or all.")],
    written_by: Annotated[str, typer.Option("--written-by", help="Who wrote the text.")],
    by: Annotated[str, typer.Option("--by", help="Who approves it; not the writer.")],
) -> Answer:
    """Approve the present text of a document; without a second person's approval it is not indexed."""
    from serving.assembly import platform

    done = platform().knowledge.approve(doc, written_by, by)
    return Answer(done, lambda console: console.print(f"{by} approved {', '.join(done['approved'])}"))


def publish() -> Answer:
    """Put the documents under rag-knowledge-base/ in the object store, without indexing them."""
    from serving.assembly import platform

    put, gone = platform().knowledge.shelf.publish()
    return Answer({"put": put, "removed": gone}, lambda console: console.print(f"{put} published, {gone} removed"))


def rollback() -> Answer:
    """Let the index before the present one answer again."""
    from flows import steps
    from serving.assembly import platform

    version = platform().knowledge.rollback(steps.account())
    return Answer({"version": version}, lambda console: console.print(f"{version} answers again"))


def _as_dict(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "doc_id": passage.doc_id,
        "title": passage.title,
        "version": passage.version,
        "passage": passage.id,
        "heading": passage.heading,
        "text": passage.text,
        "score": hit.score,
    }


def _show_hits(console: Console, hits: Sequence[Hit]) -> None:
    if not hits:
        console.print("Nothing in the knowledge base answers this. Ask in other words, or ask a person.")
    for number, hit in enumerate(hits, 1):
        passage = hit.passage
        console.print(f"\n{number}. [bold]{passage.title}[/bold] › {passage.heading}  ({passage.id}, {hit.score:.2f})")
        console.print(passage.text, markup=False)


def _opened(passage: Passage) -> dict[str, Any]:
    last = passage.valid_to.isoformat() if passage.valid_to else None
    days = {"valid_from": passage.valid_from.isoformat(), "valid_to": last}
    said = {"title": passage.title, "heading": passage.heading, "text": passage.text}
    return {"passage": passage.id, **said, **days, "source": passage.source}


def _show_passages(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        until = f" to {row['valid_to']}" if row["valid_to"] else " on"
        console.print(f"\n{row['title']} › {row['heading']}  ({row['passage']})", style="bold", markup=False)
        console.print(row["text"], markup=False)
        console.print(f"{row['source']}; from {row['valid_from']}{until}", style="dim", markup=False)


def _show_answer(console: Console, text: str, cited: Sequence[dict[str, Any]]) -> None:
    console.print(text, markup=False)
    for number, passage in enumerate(cited, 1):
        console.print(f"  [{number}] {passage['title']}, {passage['heading']} ({passage['passage']})", markup=False)


def _show_release(console: Console, release: dict[str, Any]) -> None:
    console.print(f"{release['version']}: {release['why']}")
    console.print(
        f"{release['documents']} documents, {release['passages']} passages, {release['embedded']} embedded anew, "
        f"{len(release['changed'])} changed, {len(release['vanished'])} gone"
    )
    if release["unapproved"]:
        console.print(f"left out, not approved: {', '.join(release['unapproved'])}")


def _show_scores(console: Console, found: dict[str, Any], told: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("half", "questions", "recall@5", "nDCG@10", "refused, rightly", "refused, wrongly")
    for half, s in found.items():
        shares = (s["recall_at_5"], s["ndcg_at_10"], s["refused_right"], s["refused_wrong"])
        table.add_row(half, str(s["questions"]), *(f"{share:.3f}" for share in shares))
    console.print(table)
    if told:
        _show_texts(console, told)


def _show_texts(console: Console, told: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("text", "prompt", "told", "asked", "by the model", "checks that failed", "p95 ms", "up", "down")
    for t in told:
        failed = ", ".join(f"{check} {count}" for check, count in t["failed_checks"].items())
        counts = (t["texts"], t["asked"], t["by_model"])
        table.add_row(t["kind"], t["prompt"], *map(str, counts), failed, str(t["p95_ms"]), str(t["up"]), str(t["down"]))
    console.print(table)
