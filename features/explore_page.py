"""The exploration as one page that needs nothing else: light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from features.explore import MOST_IN_DETAIL, Bin, Exploration, FeatureView
from features.findings import percent

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6877;--paper:#f6f7f9;--card:#fff;--line:#d9dee5;--bar:#b9cbe4;
--dot:#b5432a;--up:#b5432a;--down:#2b6cb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa7b6;--paper:#12171d;--card:#1b222b;--line:#313b47;
--bar:#3d5577;--dot:#f0906f;--up:#f0906f;--down:#7fb2ec}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:76rem;
margin:0 auto;padding:1rem}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.4rem 0}.soft{color:var(--soft);font-size:.875rem}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,23rem),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;min-width:0}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.bar{fill:var(--bar)}.dot{fill:var(--dot)}.range{stroke:var(--dot);stroke-width:1.5}
.base{stroke:var(--soft);stroke-dasharray:3 3}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.heat td{text-align:center;min-width:2.6rem;border:0}
.heat th{border:0;font-weight:400;font-size:.8rem;overflow-wrap:anywhere}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;vertical-align:-.05rem;margin-right:.3rem}
li{margin:.25rem 0}
"""
_WIDTH, _ROW, _NAMES, _BARS = 360, 22, 120, 105
_MOST_IN_TABLE = 2000


def explore_page(found: Exploration) -> str:
    """HTML of an exploration; all texts are escaped."""
    detail, rest = found.features[:MOST_IN_DETAIL], found.features[MOST_IN_DETAIL:]
    parts = [
        f"<h1>{escape(found.data)}</h1>", _list(found.sentences), _key(found), _periods(found),
        "<h2>Features, the most telling first</h2>",
        f"<div class=cards>{''.join(_card(v, found.bad) for v in detail)}</div>",
        _heat(found), _table(rest),
    ]  # fmt: skip
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Exploration: {escape(found.data)}</title><style>{_STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(t)}</li>" for t in texts) + "</ul>"


def _key(found: Exploration) -> str:
    return (
        "<p class='soft key'><i style='background:var(--bar)'></i>share of loans &nbsp; "
        "<i style='background:var(--dot);border-radius:50%'></i>share that went bad, with its 95 % interval &nbsp; "
        f"┆ all loans: {percent(found.bad)}</p>"
    )


def _periods(found: Exploration) -> str:
    if len(found.periods) < 2:
        return ""
    chart = _chart(found.periods, found.bad, "Loans and share of bad ones by period")
    return f"<h2>Over time</h2><div class=card style='max-width:30rem'>{chart}</div>"


def _card(view: FeatureView, base: float) -> str:
    facts = [f"explains {percent(view.information)}", f"{view.different:,} different values"]
    facts += [f"AUC {view.auc:.2f}"] if view.auc is not None else []
    facts += [f"missing {percent(view.missing)}"] if view.missing else []
    facts += ["1 %, 50 %, 99 % of values: " + ", ".join(f"{v:,.4g}" for v in view.middle)] if view.middle else []
    chart = _chart(view.bins, base, f"{view.name}: loans and share of bad ones by value")
    return (
        f"<section class=card><h3>{escape(view.name)}</h3><p>{escape(view.says)}</p>{_outline(view)}{chart}"
        f"<p class=soft>{escape(' · '.join(facts))}</p></section>"
    )


def _outline(view: FeatureView) -> str:
    """The distribution of a number in thirty equal steps."""
    if not view.outline:
        return ""
    wide, most = _WIDTH / len(view.outline), max(view.outline)
    tall = [40 * n / most for n in view.outline]
    bars = "".join(
        f"<rect class=bar x={i * wide:.1f} y={42 - high:.1f} width={wide - 1:.1f} height={high:.1f} />"
        for i, high in enumerate(tall)
    )
    low, _, high = (f"{v:,.4g}" for v in view.middle)
    ends = f"<text x=0 y=56>{low}</text><text x={_WIDTH} y=56 text-anchor=end>{high}</text>"
    title = f"{escape(view.name, quote=True)}: distribution"
    return f"<svg viewBox='0 0 {_WIDTH} 62' role=img aria-label='{title}'>{bars}{ends}</svg>"


def _chart(bins: Sequence[Bin], base: float, title: str) -> str:
    """A row for each bin: its name, a bar for the share of loans, a point and interval for the share of bad ones."""
    height = _ROW * len(bins) + 18
    most, top = max(b.loans for b in bins), _top(bins)
    left = _NAMES + _BARS + 8
    scale = (_WIDTH - left - 40) / top
    rows = "".join(_chart_row(i, b, most, sum(x.loans for x in bins), left, scale) for i, b in enumerate(bins))
    line = f"<line class=base x1={left + base * scale:.1f} x2={left + base * scale:.1f} y1=0 y2={height - 16} />"
    axis = (
        f"<text x={left} y={height - 3}>0 %</text><text x={left + top * scale:.0f} y={height - 3} text-anchor=middle>"
    )
    said = "; ".join(f"{b.name}: {b.loans} loans, {percent(b.bad)} bad" for b in bins)
    return (
        f"<svg viewBox='0 0 {_WIDTH} {height}' role=img aria-label='{escape(title)}. {escape(said, quote=True)}'>"
        f"{line}{rows}{axis}{percent(top)}</text></svg>"
    )


def _chart_row(place: int, b: Bin, most: int, loans: int, left: int, scale: float) -> str:
    middle = place * _ROW + _ROW / 2
    low, high, at = (left + min(v, 1) * scale for v in (b.low, b.high, b.bad))
    share = percent(b.loans / loans)
    return (
        f"<g><title>{escape(b.name)}: {b.loans:,} loans ({share}), {percent(b.bad)} bad "
        f"({percent(b.low)} to {percent(b.high)})</title>"
        f"<text x={_NAMES - 6} y={middle + 4} text-anchor=end>{escape(_short(b.name))}</text>"
        f"<rect class=bar x={_NAMES} y={middle - 7} width={max(b.loans / most * _BARS, 0.5):.1f} height=14 rx=2 />"
        f"<line class=range x1={low:.1f} x2={min(high, _WIDTH - 30):.1f} y1={middle} y2={middle} />"
        f"<circle class=dot cx={at:.1f} cy={middle} r=4 />"
        f"<text x={_WIDTH} y={middle + 4} text-anchor=end>{b.bad * 100:.1f}</text></g>"
    )


def _top(bins: Sequence[Bin]) -> float:
    """End of the scale: a round share above every point, and above intervals that say something."""
    most = max(max(b.bad for b in bins), max((b.high for b in bins if b.loans >= 30), default=0.0), 0.01)
    return next(v for v in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if v >= min(most, 1.0))


def _short(name: str) -> str:
    return name if len(name) <= 19 else name[:18] + "…"


def _heat(found: Exploration) -> str:
    names = found.together
    if len(names) < 2:
        return ""
    head = "".join(f"<th scope=col title='{escape(n, quote=True)}'>{i}</th>" for i, n in enumerate(names, 1))
    rows = "".join(
        f"<tr><th scope=row>{i}. {escape(name)}</th>{''.join(map(_cell, found.correlations[i - 1]))}</tr>"
        for i, name in enumerate(names, 1)
    )
    about = "Rank correlation of the most telling numbers: 1 together, −1 against each other."
    return (
        f"<h2>Links between features</h2><p class=soft>{about}</p>"
        f"<div class='card wide'><table class=heat><tr><td></td>{head}</tr>{rows}</table></div>"
    )


def _cell(value: float) -> str:
    colour = "--up" if value > 0 else "--down"
    tint = f"background:color-mix(in srgb,var({colour}) {abs(value) * 60:.0f}%,transparent)"
    return f"<td style='{tint}'>{_signed(value)}</td>"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _table(rest: Sequence[FeatureView]) -> str:
    if not rest:
        return ""
    told = f" The first {_MOST_IN_TABLE:,} of {len(rest):,} are listed." if len(rest) > _MOST_IN_TABLE else ""
    rows = "".join(_table_row(v) for v in rest[:_MOST_IN_TABLE])
    head = "<th scope=col>Feature<th scope=col>Kind<th scope=col class=n>Explains<th scope=col class=n>AUC"
    head += "<th scope=col class=n>Missing<th scope=col class=n>Different"
    return (
        f"<h2>{len(rest):,} more features</h2><p class=soft>By how much they tell alone.{told}</p>"
        f"<div class='card wide'><table><tr>{head}</tr>{rows}</table></div>"
    )


def _table_row(v: FeatureView) -> str:
    auc = "" if v.auc is None else f"{v.auc:.2f}"
    cells = (percent(v.information), auc, percent(v.missing), f"{v.different:,}")
    return f"<tr><td>{escape(v.name)}<td>{v.kind}" + "".join(f"<td class=n>{c}" for c in cells) + "</tr>"
