"""A letter's data to its page, and the page to a PDF that is the same, byte for byte, each time."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import UnavailableError

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "letters"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def to_html(letter: Mapping[str, object]) -> str:
    """One page that holds all it needs: no script, nothing loaded from elsewhere."""
    return _environment().get_template(str(letter["template"])).render(letter=letter)


def to_pdf(page: str) -> bytes:
    """The printed page: tagged (PDF/UA), with title, language and the record's date.

    Raises:
        UnavailableError: WeasyPrint, or the Pango library that it draws text with, is not installed.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise UnavailableError(
            f"a PDF cannot be made here: {error}",
            code="no_pdf", field="letters", found="no WeasyPrint or no Pango", expected="the extra `letters`",
            do="Install candor[letters] and the system package of Pango; until then, print the HTML page.",
        ) from error  # fmt: skip
    document = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",), allow_redirects=False))
    identifier = hashlib.sha256(page.encode()).digest()[:16]
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier) or b"")


def content_policy(page: str) -> str:
    """The content security policy under which a browser shows the page: its own style, its mark and nothing else."""
    found = _STYLE.findall(page)
    hashes = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in found)
    styles = " ".join(f"'sha256-{digest}'" for digest in hashes)
    own = f"default-src 'none'; style-src {styles}; img-src data:"
    return f"{own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
