"""One page that needs nothing else: no scripts, no loads, light and dark; for reports that outlive their server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--page:#f6f5f1;--surface:#fff;--ink:#1c2326;--muted:#566067;--line:#dcdad2;
--accent:#0f5c5c;--good:#17613f;--no:#8c2f39}
@media (prefers-color-scheme:dark){:root{--page:#12181a;--surface:#1a2225;--ink:#e9eceb;--muted:#a8b3b5;--line:#313d41;
--accent:#6fc7bf;--good:#7fd1a5;--no:#f2a3a3}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:400 1rem/1.55 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:2px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
p,li{max-width:46rem}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:.5rem;margin:.75rem 0}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;padding:.6rem .75rem;color:var(--muted)}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--muted);font-weight:600;white-space:nowrap}
td{font-variant-numeric:tabular-nums}
td.words{min-width:14rem}
a{color:var(--accent);text-underline-offset:.2em}
a.figure{color:inherit;text-decoration-color:var(--line)}
code,data{overflow-wrap:anywhere}
a.figure span{white-space:nowrap}
a.figure:hover,a.figure:focus{text-decoration-color:currentColor}
tr:target,li:target{outline:3px solid var(--accent)}
.good{color:var(--good)}.no{color:var(--no);font-weight:600}.muted{color:var(--muted)}
svg{max-width:100%;height:auto;display:block}
svg text{fill:var(--ink);font:400 14px system-ui,sans-serif}svg .muted{fill:var(--muted)}
svg .grid{stroke:var(--line)}svg .mark{fill:var(--muted);stroke:var(--muted)}
svg .chosen{fill:var(--accent);stroke:var(--accent)}
@media print{body{background:#fff}.scroll{border:0}}
"""


def page(title: str, body: str) -> str:
    """A whole page around a body of HTML; the title is escaped."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, titled: bool = False) -> str:
    """A table of cells that are HTML already; caption and head are escaped. It scrolls sideways by itself.

    `titled`: a heading before it says the caption already; it is then only for those who listen.
    """
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    said = "" if titled else f"<caption>{escape(caption)}</caption>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table>{said}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(html: str) -> str:
    return f'<td class="words">{html}</td>' if len(html) > 60 and "<" not in html else f"<td>{html}</td>"
