"""The demo bank's papers, drawn on demand: as a PDF with its text, or as the photo of a print, a little askew."""

from __future__ import annotations

import hashlib
import html
import io
from typing import Literal

from features.synthetic.papers import LABEL, PaperFacts
from serving.documents.ocr import Page
from serving.letters.page import to_pdf

Form = Literal["pdf", "png"]
MEDIA_TYPE = {"pdf": "application/pdf", "png": "image/png"}
_DPI, _INCH = 150, 72
_MOST_TILT, _NOISE, _PAPER = 1.4, 6.0, 244
_BLUR = 5.0
_CSS = """
@page { size: 148mm 210mm; margin: 14mm }
body { font: 12pt "Liberation Sans", "DejaVu Sans", sans-serif; color: #111 }
.label { border: 1.5pt solid #a00; color: #a00; font-size: 9.5pt; padding: 2mm; text-align: center }
h1 { font-size: 20pt; margin: 8mm 0 1mm } .issuer { margin: 0 0 8mm }
table { border-collapse: collapse; width: 100% } td { border-bottom: .4pt solid #999; padding: 2.2mm 0 }
td + td { text-align: right } .closing { margin-top: 8mm }
"""


def draw(facts: PaperFacts, form: Form, seed: int, *, blurred: bool = False) -> bytes:
    """A paper as a file; the same facts and seed give the same bytes. Raises UnavailableError as `to_pdf`.

    Args:
        facts: what stands on it.
        form: `pdf` with text, or `png`, the photo of a print.
        seed: of tilt and noise.
        blurred: out of focus, so that it cannot be read; a photo alone can be.
    """
    document = to_pdf(_page(facts))
    if form == "pdf":
        return document
    file = io.BytesIO()
    _photo(document, _mixed(facts, seed), blurred=blurred).save(file, "PNG")
    return file.getvalue()


def _page(facts: PaperFacts) -> str:
    rows = "".join(f"<tr><td>{html.escape(k)}</td><td>{html.escape(v)}</td></tr>" for k, v in facts.rows)
    issuer, title, closing = map(html.escape, (facts.issuer, facts.title, facts.closing))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_CSS}</style>'
        f'<p class="label">{LABEL}</p><h1>{title}</h1><p class="issuer">{issuer}</p>'
        f'<table>{rows}</table><p class="closing">{closing}</p></html>'
    )


def _photo(document: bytes, seed: int, *, blurred: bool) -> Page:
    import numpy as np
    import pypdfium2
    from PIL import Image, ImageFilter

    rng = np.random.default_rng(seed)
    drawn = pypdfium2.PdfDocument(document)[0].render(scale=_DPI / _INCH).to_pil().convert("L")  # type: ignore[arg-type]
    askew = drawn.rotate(float(rng.uniform(-_MOST_TILT, _MOST_TILT)), Image.Resampling.BICUBIC, fillcolor=255)
    grain = rng.normal(0.0, _NOISE, (askew.height, askew.width))
    shaded = np.clip(np.asarray(askew, dtype=np.float64) * (_PAPER / 255) + grain, 0, 255)
    photo = Image.fromarray(shaded.astype(np.uint8))
    return photo.filter(ImageFilter.GaussianBlur(_BLUR if blurred else 0.5))


def _mixed(facts: PaperFacts, seed: int) -> int:
    """A seed of its own for each paper."""
    return int.from_bytes(hashlib.sha256(f"{seed} {facts}".encode()).digest()[:8])
