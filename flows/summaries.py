"""What a run leaves behind for people: one page of markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lending.approval_ports import ApprovalRow

INTERVAL = ("metric", "value", "low", "high")
GATES = ("name", "passed", "found", "limit", "detail")
CANDIDATES = ("family", "AUC folds", "AUC test", "log loss folds", "log loss test", "left out")


def seed_summary(done: Mapping[str, Any]) -> str:
    """Markdown of what `seed_bank` did."""
    return (
        "# The demo bank is filled\n\nAll people and loans are generated; none is real.\n\n"
        f"* {done['customers']} customers\n* {done['accounts']} new accounts\n* data set `{done['data']}`\n"
    )


def history_summary(done: Mapping[str, Any]) -> str:
    """Markdown of what `seed_history` did."""
    if not done["first"]:
        return "# The demo bank's past\n\nIt is there up to yesterday.\n"
    return (
        f"# The demo bank's past\n\nGenerated requests of generated customers, {done['first']} to {done['last']}.\n\n"
        f"* {done['decided']} decided and recorded\n* {done['refused']} could not be decided\n"
    )


def lab_summary(draft_id: str, found: Mapping[str, Any]) -> str:
    """Markdown of a replay in the policy lab: each figure under both policies, and who moves."""
    rows = [
        {"figure": name, **{side: (sides.get(side) or {}).get("value") for side in ("present", "draft", "change")}}
        for name, sides in found["figures"].items()
    ]
    moved = found["swaps"]
    return (
        f"# Draft {draft_id}\n\n{found['applications']} applications of `{found['data']}`, {found['from']} to "
        f"{found['to']}. {moved['in']['count']} move in, {moved['out']['count']} move out.\n\n"
        + _table(("figure", "present", "draft", "change"), rows)
    )


def gate_summary(data: str, results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of the data gate: one row an expectation, failures first."""
    rows = sorted(results, key=lambda row: bool(row.get("passed")))
    names = ("expectation", "column", "severity", "passed", "observed", "limit")
    return f"# Data gate of {data}\n\n" + _table(names, rows)


def training_summary(result: Mapping[str, Any]) -> str:
    """Markdown of a train result: metrics with intervals, gates, what was registered."""
    metrics = [{"metric": name, **figures} for name, figures in result["metrics"].items()]
    version = result["model_version"]
    first = f"registered as **{version}**" if version else "**not registered**: a gate refused it"
    promoted = "It decides from now on (first start)." if result.get("promoted") else "Nothing was promoted."
    return (
        f"# Training on {result['data']}\n\nRun `{result['run_id']}`, {first}. {promoted} "
        f"{result['seconds']} s.\n\n## Metrics\n\n{_table(INTERVAL, metrics)}"
        f"\n## Gates\n\n{_table(GATES, result['gates'])}"
        f"\n## Candidates\n\nChosen: {result['choice']['why']}.\n\n{_table(CANDIDATES, _candidates(result))}"
    )


def _candidates(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a family: AUC and log loss on held-out folds and on the test loans, or why it was left out."""
    rows = []
    for one in result["candidates"]:
        folds = one["folds"] or {}
        found = (folds.get("auc"), one["auc"], folds.get("log_loss"), one["log_loss"])
        figures = [figure and figure["value"] for figure in found]
        rows.append(dict(zip(CANDIDATES, (one["family"], *figures, one["left_out"] or ""), strict=True)))
    return rows


def inputs_summary(looks: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of what `monitor_inputs` found: a table of alarms for each look."""
    names = ("verdict", "features", "since", "last", "cause", "act")
    parts = []
    for told in looks:
        rows = [{**alarm, "features": ", ".join(alarm["features"])} for alarm in told["alarms"]]
        found = _table(names, rows) if rows else "Nothing moved more than chance makes.\n"
        report = "\nA deep report is stored; its alarm opens it.\n" if told["report_key"] else ""
        parts.append(f"# {told['data']} against {told['reference']}, by {told['period']}\n\n{found}{report}")
    return "\n".join(parts)


def promotion_summary(data: str, version: str, approver: str, reason: str) -> str:
    """Markdown of a promotion."""
    return f"# {data}: version {version} decides\n\nApproved by {_cell(approver)}: {_cell(reason)}\n"


def approval_summary(row: ApprovalRow) -> str:
    """Markdown of what waits for a person: cause, gates, figures, the champion beside it."""
    asked, beside = row.content, row.content["beside"]
    metrics = [{"metric": name, **figure} for name, figure in asked["metrics"].items()]
    changes = [{"metric": name, **beside[name]} for name in ("auc_change", "log_loss_change") if name in beside]
    rows = f"Against {beside['champion']} on {beside['loans']} loans:\n\n{_table(INTERVAL, changes)}" if beside else ""
    return (
        f"# {row.subject} waits for a yes\n\nWhy: {_cell(asked['why'])}. Asked by {_cell(row.asked_by)}, trained by "
        f"{_cell(asked['trained_by'])}; neither of them may answer.\n\n{rows}\n## Metrics\n\n"
        f"{_table(INTERVAL, metrics)}\n## Gates\n\n{_table(GATES, asked['gates'])}"
    )


def answer_summary(row: ApprovalRow, what: str) -> str:
    """Markdown of an answer and what came of it."""
    by = f"by {_cell(row.decided_by)}: {_cell(row.reason)}" if row.decided_by else "nobody answered in time"
    return f"# {row.subject}: {row.state}\n\n{by}\n\n{what}\n"


def rollout_summary(done: Mapping[str, Any]) -> str:
    """Markdown of what became of the new version of a portfolio."""
    return (
        f"# {done['data']}: {done['act']}\n\n{done['version'] or 'Nothing stands beside the champion'}. {done['why']}\n"
    )


def score_summary(done: Mapping[str, Any]) -> str:
    """Markdown of what `score_batch` did: counts, the model where there is one, the file."""
    return "# Batch\n\n" + "".join(f"* {name.replace('_', ' ')}: {_cell(value)}\n" for name, value in done.items())


def knowledge_summary(release: Mapping[str, Any]) -> str:
    """What a new index of the knowledge base found, and what stopped it."""
    report = release["report"]
    left_out = ", ".join(release["unapproved"]) or "none"
    parts = [
        f"# {release['version']}: {release['why']}",
        f"{release['documents']} documents, {release['passages']} passages, {release['embedded']} embedded anew. Not "
        f"approved: {left_out}.",
        f"recall@5 {report['recall_at_5']:.3f}, nDCG@10 {report['ndcg_at_10']:.3f} on {report['questions']} questions",
        *(["## Not found", "\n".join(f"* {text}" for text in report["missed"])] if report["missed"] else []),
    ]
    return "\n\n".join(parts)


def language_summary(done: Mapping[str, Any]) -> str:
    """How texts did, by kind and prompt."""
    names = ("kind", "prompt", "texts", "asked", "by_model", "failed_checks", "p95_ms", "cost_usd", "up", "down")
    scores = _table(names, done["scores"]) if done["scores"] else "No text was told."
    new = ", ".join(done["prompts"]) or "none"
    alarms = "".join(f"* {one['cause']} ({one['act']})\n" for one in done["watched"]["alarms"]) or "No alarm.\n"
    return f"# Texts\n\n{alarms}\n{done['traces']} traces written. New prompts: {new}.\n\n{scores}"


def delivery_summary(done: Mapping[str, int]) -> str:
    """What a sweep of the outbox did, and how to look at what it could not do."""
    lines = "".join(f"| {name.replace('_', ' ')} | {count} |\n" for name, count in done.items())
    more = "\nSee what was given up: `candor messages list --failed`\n" if done["given_up"] else ""
    return f"# Deliveries\n\n| what | count |\n| --- | --- |\n{lines}{more}"


def outcomes_summary(done: Sequence[Mapping[str, Any]]) -> str:
    """What was taken from each source, and what was not."""
    names = ("source", "lines", "added", "again", "unreadable", "unknown", "not_lent", "too_early", "contradicting")
    rows = [row for row in done if "error" not in row]
    broken = "".join(f"* {_cell(row['source'])}: {_cell(row['error']['found'])}\n" for row in done if "error" in row)
    return f"# Outcomes\n\n{_table(names, rows) if rows else 'Nothing was laid here.'}\n\n{broken}"


def performance_summary(done: Mapping[str, Any]) -> str:
    """How the model does, in what was found."""
    found = _table(("verdict", "first", "last", "why"), done["findings"]) if done["findings"] else "Nothing to look at."
    return f"# {done['data']}: {done['known']} of {done['loans']} loans turned out\n\n{found}\n"


def fairness_summary(done: Mapping[str, Any]) -> str:
    """Which groups somebody should look at."""
    found = _table(("cause", "first", "last"), done["findings"]) if done["findings"] else "Nothing to look at."
    return f"# Groups of {done['data']}\n\nApproved by {done['approved_by']}.\n\n{found}\n"


def _table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    head = f"| {' | '.join(names)} |\n|{' --- |' * len(names)}\n"
    return head + "".join(f"| {' | '.join(_cell(row.get(name)) for name in names)} |\n" for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    text = f"{value:.4f}" if isinstance(value, float) else "" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
