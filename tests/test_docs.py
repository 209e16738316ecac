"""The documents promise commands, links and figures that exist."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from lending.settings import ROOT, Settings

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def lines(start: str) -> list[str]:
    """Every line of a code block that begins with a word, without its comment."""
    blocks = [block for page in PAGES for block in BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.startswith(start)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_and_picture_is_there(page: Path) -> None:
    gone = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert gone == []


def test_every_make_command_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {line.split()[1] for line in lines("make ")} <= targets


@pytest.mark.parametrize("line", sorted(set(lines("candor "))))
def test_every_candor_command_is_understood(line: str) -> None:
    from flows.cli import app

    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands[words[0]]  # type: ignore[attr-defined]
        words = words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("line", lines("echo "))
def test_the_loan_figures_shown_are_computed(line: str) -> None:
    given, asked = re.fullmatch(r"echo '(.*)' \| candor (.*)", line).groups()  # type: ignore[union-attr]
    words = [*asked.replace(" --json", "").split(), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words], input=given, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_the_settings_table_names_settings_that_exist() -> None:
    named = set(re.findall(r"`(CANDOR_[A-Z_]+)`", (ROOT / "docs" / "administrator.md").read_text(encoding="utf-8")))
    assert named <= {f"CANDOR_{name.upper()}" for name in Settings.model_fields}
