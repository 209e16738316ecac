"""The documents promise commands, links, settings, keys, routes and figures that exist."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from lending.settings import ROOT, Settings

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
MAX_IMAGE_BYTES = 200_000
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
COMMENT = re.compile(r"\s+# .*$")
SHOWN = re.compile(r"^echo '([^'\n]*)' \| candor ([^\n]*)\n```\n\n```json\n(.*?)^```", re.MULTILINE | re.DOTALL)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(start: str) -> list[str]:
    """Every different line of a code block that begins so, without its comment."""
    blocks = (block for page in PAGES for block in BLOCK.findall(read(page)))
    found = (COMMENT.sub("", line).strip() for block in blocks for line in block.splitlines())
    return sorted({line for line in found if line.startswith(start)})


def candor_lines() -> list[str]:
    piped = (line.split(" | ")[1] for line in commands("echo "))
    return sorted({*commands("candor "), *piped})


def parse(line: str) -> None:
    """Read a command line as the program would, without running it; raises where the program would refuse."""
    from flows.cli import app

    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "resolve_command") and words and not words[0].startswith("-"):
        _, command, words = command.resolve_command(typer.Context(command), words)  # type: ignore[attr-defined]
    if words != ["--help"]:
        command.make_context("candor", words)


def anchors(page: Path) -> set[str]:
    """Headings as links name them."""
    titles = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken(page: Path) -> Iterator[str]:
    for link in LINK.findall(read(page)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_picture_and_heading_linked_to_is_there(page: Path) -> None:
    assert list(broken(page)) == []


def test_the_check_of_links_sees_a_broken_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One title\n[a](#one-title) [b](#other) [c](gone.md) ![d](gone.png)\n", encoding="utf-8")
    assert list(broken(page)) == ["#other", "gone.md", "gone.png"]


def test_every_picture_is_small_and_shown() -> None:
    shown = {link.rpartition("/")[2] for page in PAGES for link in LINK.findall(read(page))}
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert {p.name for p in pictures} <= shown
    assert [p.name for p in pictures if p.stat().st_size > MAX_IMAGE_BYTES] == []


def test_make_commands_and_targets_are_the_same_list() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", read(ROOT / "Makefile"), re.MULTILINE))
    assert {line.split()[1] for line in commands("make ")} == targets


@pytest.mark.parametrize("line", candor_lines())
def test_every_candor_command_is_understood(line: str) -> None:
    parse(line)


@pytest.mark.parametrize("line", ["candor fly", "candor quote --product car", "candor up --frehs", "candor promote"])
def test_a_command_that_does_not_exist_is_not_understood(line: str) -> None:
    with pytest.raises(typer.TyperException):
        parse(line)


@pytest.mark.parametrize("line", commands("echo "))
def test_the_loan_figures_shown_are_computed(line: str) -> None:
    assert compute(*re.fullmatch(r"echo '(.*)' \| candor (.*)", line).groups())  # type: ignore[union-attr]


def test_figures_shown_below_a_command_are_what_it_answers() -> None:
    shown = [found for page in PAGES for found in SHOWN.findall(read(page))]
    assert shown
    for given, asked, answer in shown:
        assert compute(given, asked) == json.loads(answer)


def compute(given: str, asked: str) -> dict[str, object]:
    """Run a command that needs no state, with this on stdin."""
    words = [*asked.replace("--json", "").split(), "--json"]
    assert words[0] == "loan"
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words], input=given, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_settings_table_is_the_settings() -> None:
    named = set(re.findall(r"^\| `(CANDOR_[A-Z_]+)`", read(ROOT / "docs" / "administrator.md"), re.MULTILINE))
    assert named == {f"CANDOR_{name.upper()}" for name in Settings.model_fields}


def test_every_key_of_a_mapping_file_is_explained() -> None:
    from features.mapping import _FIELD, _TOP

    page = read(ROOT / "docs" / "data-scientist.md")
    cells = re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|", page, re.MULTILINE)
    explained = {name.split(".")[0] for cell in cells for name in re.findall(r"`([a-z_.]+)`", cell)}
    assert {*_TOP, *_FIELD} <= explained


def test_the_routes_named_are_the_routes_served(tmp_path: Path) -> None:
    from serving.api.app import create_api
    from tests.serving.standins import StandInPlatform

    api = create_api(StandInPlatform(tmp_path))  # type: ignore[arg-type]
    served = sorted(f"{method} {route.path}" for route in api.routes for method in route.methods)  # type: ignore[attr-defined]
    page = read(ROOT / "docs" / "api.md").partition("## Model endpoint")[0]
    assert "GET /api/v1/offers/{offer_id}/disclosure.pdf" in served
    assert sorted(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`?]+)[^`]*`", page, re.MULTILINE)) == served


def named_first(page: str, heading: str = "") -> set[str]:
    """Names in the first cells of the tables of a page, below a heading."""
    part = read(ROOT / "docs" / page).partition(heading)[2] if heading else read(ROOT / "docs" / page)
    cells = re.findall(r"^\| ((?:`[a-z0-9_-]+`(?:, )?)+) \|", part, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([a-z0-9_-]+)`", cell)}


def test_every_field_of_a_request_and_key_of_its_answer_with_offers_is_explained() -> None:
    from serving.api.shapes import Customized
    from serving.parse import ASK_FIELDS

    assert {*ASK_FIELDS, *Customized.model_fields} <= named_first("api.md")


def test_every_field_that_a_rule_may_look_at_is_explained() -> None:
    from lending.domain.policy_checks import FIELDS

    assert named_first("rules.md") >= FIELDS


def test_every_product_has_the_parameters_that_a_product_is_said_to_need() -> None:
    from tests.builders import the_policy

    said = read(ROOT / "docs" / "rules.md").partition("Needed parameters:")[2].partition("Optional:")[0]
    needed = set(re.findall(r"`([a-z_]+)`", said))
    assert needed
    assert {
        name: needed - set(p.parameters) for name, p in the_policy().products.items() if needed - set(p.parameters)
    } == {}


def test_every_bench_is_named() -> None:
    from bench.__main__ import BENCHES

    assert set(BENCHES) <= named_first("data-scientist.md", "## Measure")


def test_the_demo_accounts_named_are_the_ones_seeded() -> None:
    from features.synthetic.personas import PERSONAS, STAFF
    from lending.settings import DEMO_PASSWORD

    part = read(ROOT / "README.md").partition("## Demo accounts")[2].partition("\n## ")[0]
    accounts = {person.username for person in PERSONAS if person.username} | {row[0] for row in STAFF}
    assert {*re.findall(r"`([a-z-]+)`", part)} == {*accounts, DEMO_PASSWORD}


def test_every_test_that_proves_a_promise_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", read(ROOT / "docs" / "coverage.md")))
    files = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    written = {name for text in files for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    assert named
    assert named - written == set()


def test_every_rule_of_lending_has_a_row_that_proves_it_and_a_worked_case() -> None:
    proved = set(re.findall(r"^\| (B\d+) ", read(ROOT / "docs" / "coverage.md"), re.MULTILINE))
    worked = set(re.findall(r"^- id: (B\d+) ", read(ROOT / "tests" / "cases" / "rules.yaml"), re.MULTILINE))
    assert proved == worked == {f"B{n}" for n in range(1, 19)}
