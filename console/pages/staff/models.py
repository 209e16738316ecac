"""Models: who decides, who stands beside, how they compare on live decisions, and every version with its people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.components.drift import age
from console.components.models import beside_card, figures_cells, rates_chart, short, split_card
from console.components.panel import empty
from console.components.staff import Choice, Tile, Tone, act_form, field, head, mark, rows_table, tiles, with_query
from console.routes import route
from console.visit import Visit
from lending.domain.errors import InputError, RefusedError
from lending.domain.roles import STAFF, Permission, may
from serving.model_desk import Act, Shelf
from training.servable.routing import Beside

PATH = "/staff/models"
NAME = "Models"
PERMISSION = Permission.MODEL_READ
ROLES = STAFF
CALLBACKS = ()
_TEXT = "Who decides, who stands beside the champion, and who let them."
_DONE: Mapping[str, tuple[str, Tone]] = {
    "asked": ("A second person is asked on the page Approvals. Nothing changes before their yes.", "good"),
    "started": ("The run is started. Its gates may still refuse it; the page Flows shows how it ends.", "good"),
    "down": ("The orchestrator does not answer, so nothing was started. Start it with: candor up", "no"),
}
_ENDINGS: Mapping[str, Act] = {"end-split": "end-split", "end-shadow": "end-shadow", "rollback": "rollback"}
_ANSWERABLE = (Permission.MODEL_PROMOTE, Permission.MODEL_COUNTERSIGN)
_FIGURES = ("auc", "ks", "brier", "ece")


def layout(visit: Visit) -> Component:
    """Who decides, the comparison, what can be done, and all versions."""
    shelf = visit.ask.models.shelf()
    said = _DONE.get(visit.query.get("done", ""))
    done = [html.P(mark(*said), role="status")] if said else []
    approvals = html.A("Approvals", href="/staff/approvals", className="btn btn-secondary")
    return html.Div(
        [head(NAME, _TEXT, approvals), *done, *_troubles(shelf), _tiles(visit, shelf), *_compared(visit, shelf),
         _versions(shelf), *_forms(visit, shelf)],
        className="models-page",
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _troubles(shelf: Shelf) -> list[Component]:
    broken = "The challenger's package cannot be used. The champion decides in its place, and each record says so."
    words = [shelf.trouble] if shelf.trouble else []
    return [html.P(mark(text, "no"), role="alert") for text in [*words, *([broken] if shelf.is_broken else [])]]


def _tiles(visit: Visit, shelf: Shelf) -> Component:
    routing, champion = shelf.standing.routing, shelf.standing.champion
    challenger, shadow = (routing.challenger, routing.shadow) if routing else (None, None)
    share = visit.formats.share(challenger.share) if challenger else ""
    row = shelf.row(champion.version) if champion else None
    people = f"{champion.family}; {_approved(row)}" if champion and row else champion.family if champion else ""
    return tiles(
        [
            Tile("Champion", short(champion.version) if champion else "none yet", people),
            Tile("Challenger", f"{short(challenger.version)}, {share}" if challenger else "none",
                 _let(challenger) if challenger else "The champion decides for everybody.",
                 "no" if shelf.is_broken else "plain"),
            Tile("Shadow", short(shadow.version) if shadow else "none",
                 _let(shadow) if shadow else "Nobody scores beside it."),
        ]
    )  # fmt: skip


def _let(one: Beside) -> str:
    asked = f", asked for by {one.requested_by}" if one.requested_by and one.requested_by != one.approver else ""
    return f"since {one.at[:10]}, let by {one.approver}{asked}: {one.reason}"


def _approved(row: Mapping[str, Any] | None) -> str:
    if row is None or not row["approver"]:
        return "nobody on record approved it"
    return f"approved by {row['approver']}: {row['reason']}"


def _compared(visit: Visit, shelf: Shelf) -> list[Component]:
    """The newest comparison, while it is about who stands there now."""
    title = html.H2("Beside each other on live decisions")
    measured, routing = shelf.compared, shelf.standing.routing
    champion = shelf.standing.champion
    if routing is None:
        return [title, empty("Nothing stands beside the champion", "With a challenger or a shadow, approval rates, "
                             "scores and who would move appear here: candor models shadow VERSION")]  # fmt: skip
    if measured is None or champion is None or measured.content["champion"] != champion.version:
        return [title, empty("Not compared yet", "The flow score-shadow compares every hour. To do it now: "
                             "candor flow run score-shadow --watch")]  # fmt: skip
    found, formats = measured.content, visit.formats
    old = age(measured.at, visit.ask.models.now())
    period = f"Decisions from {formats.day(found['first'])} to {formats.day(found['last'])}, compared {old} ago."
    chart = rates_chart(found, formats)
    split = [split_card(found["split"], formats)] if found["split"] else []
    cards = [beside_card(one, formats) for one in found["beside"]]
    return [title, html.P(period, className="note"), *([chart] if chart else []), *split, *cards]


def _forms(visit: Visit, shelf: Shelf) -> list[Component]:
    """What this person may ask for or start."""
    role, routing = visit.account.role, shelf.standing.routing
    asks, answers = (may(role, one) for one in _ANSWERABLE)
    if not (asks or answers) or shelf.standing.champion is None:
        return []
    free = [(version, short(version)) for version in shelf.free()]
    parts: list[Component] = []
    able = [*free, *((one.version, f"{short(one.version)}, the shadow") for one in _shadows(shelf))]
    if asks and able:
        parts.append(_challenger_form(visit, able))
    if asks and free:
        parts.append(_shadow_form(free))
    if routing and routing.challenger:
        parts.append(_ending("end-split", "End the split", "The champion decides for everybody again.", "secondary"))
    if routing and routing.shadow:
        parts.append(_ending("end-shadow", "Take the shadow away", "It scores no longer.", "secondary"))
    parts.append(_ending("rollback", "Go back a champion", "The champion before this one decides again; a split ends.",
                         "danger"))  # fmt: skip
    return [html.H2("What you may do"), html.Div(parts, className="pair")]


def _shadows(shelf: Shelf) -> list[Beside]:
    """The shadow, which may become challenger."""
    routing = shelf.standing.routing
    return [routing.shadow] if routing and routing.shadow else []


def _challenger_form(visit: Visit, free: list[tuple[str, str]]) -> Component:
    most = visit.formats.share(str(visit.ask.models.share_max()))
    fields = [
        field(Choice("version", "Version", free), within="challenger"),
        field(Choice("share", f"Share of the applicants in percent, at most {most}"), "10", required=True,
              within="challenger"),
        _why("challenger"),
    ]  # fmt: skip
    text = "It decides for a share of the applicants, always the same ones. A second person has to say yes."
    return _card("Ask for a challenger", text, act_form(f"{PATH}/challenger", fields, "Ask for a yes"))


def _shadow_form(free: list[tuple[str, str]]) -> Component:
    fields = [field(Choice("version", "Version", free), within="shadow"), _why("shadow")]
    text = "It scores every decision after the answer and changes none. You may do this alone."
    return _card("Set a shadow", text, act_form(f"{PATH}/shadow", fields, "Set the shadow"))


def _ending(act: Act, title: str, text: str, tone: str) -> Component:
    form = act_form(f"{PATH}/end", [_why(act)], title, tone=tone, act=act)
    return _card(title, f"{text} One person may do this, as it may be urgent.", form)


def _why(within: str) -> Component:
    return field(Choice("reason", "Why", kind="textarea"), required=True, within=within)


def _card(title: str, text: str, form: Component) -> Component:
    return html.Section([html.H3(title), html.P(text), form], className="card")


def _versions(shelf: Shelf) -> Component:
    title = html.H2("Versions")
    if not shelf.rows:
        text = "The registry writes them down at each change. To see them now: candor models"
        return html.Section([title, empty("No versions written down yet", text)])
    names = ("Version", "Used as", "Family", "Ranking (AUC)", "Gates", "Trained by", "Approved by and why",
             "Registered", "Gap (KS)", "Error (Brier)", "Calibration (ECE)")  # fmt: skip
    rows = [_version(shelf, row) for row in shelf.rows]
    note = f"As of {shelf.at[:10]}. Figures with 95% intervals, on loans that the version never saw."
    return html.Section([title, html.P(note, className="note"), rows_table("Versions", names, rows)],
                        className="versions")  # fmt: skip


def _version(shelf: Shelf, row: Mapping[str, Any]) -> list[str | Component]:
    used = shelf.part_of(row["version"])
    failed = ", ".join(row["gates_failed"])
    gates = mark(f"failed: {failed}", "no") if failed else mark("passed", "good")
    left = row["rolled_back"]
    back = f"; left on {left['at'][:10]} by {left['by']}: {left['reason']}" if left else ""
    approved = f"{row['approver']}: {row['reason']}{_override(row['override'])}{back}" if row["approver"] else "–"
    ranking, *others = figures_cells(row["metrics"], _FIGURES)
    return [short(row["version"]), html.B(used) if used else "–", row["family"].replace("_", " "), ranking, gates,
            row["trained_by"] or "–", approved, row["registered_at"][:10], *others]  # fmt: skip


def _override(override: Mapping[str, Any] | None) -> str:
    if override is None:
        return ""
    ends = "ended" if override["ended"] else "until"
    return f"; without gate {override['gate']}, owned by {override['owner']}, {ends} {override['until']}"


@route(f"{PATH}/challenger", permission=Permission.MODEL_PROMOTE, methods=("POST",))
def ask_challenger(visit: Visit) -> AnyResponse:
    """Open an approval for a second person."""
    given = [request.form.get(name, "") for name in ("version", "share", "reason")]
    done = visit.ask.models.ask_challenger(*given, asked_by=visit.account.username)
    return redirect(with_query(PATH, {}, done=done), 303)


@route(f"{PATH}/shadow", permission=Permission.MODEL_PROMOTE, methods=("POST",))
def set_shadow(visit: Visit) -> AnyResponse:
    """Start the run that lets a version score and decide nothing."""
    return _started(visit, "shadow", request.form.get("version", ""))


@route(f"{PATH}/end", permission=Permission.FLOW_RUN, methods=("POST",))
def end(visit: Visit) -> AnyResponse:
    """Start the run that ends a split or a shadow, or goes back; whoever asks for models or answers for them may."""
    act = _ENDINGS.get(request.form.get("act", ""))
    if act is None:
        raise InputError("nothing of that name can be ended", field="act", expected=", ".join(_ENDINGS),
                         do="Press a button of the page.")  # fmt: skip
    if not any(may(visit.account.role, one) for one in _ANSWERABLE):
        raise RefusedError("your role may not do this", code="forbidden", field="role",
                           found=visit.account.role.value, expected="another role", do="Ask a colleague.")  # fmt: skip
    return _started(visit, act)


def _started(visit: Visit, act: Act, version: str = "") -> AnyResponse:
    done = visit.ask.models.start(act, visit.account.username, request.form.get("reason", ""), version)
    return redirect(with_query(PATH, {}, done=done), 303)


ROUTES = (ask_challenger, set_shadow, end)
