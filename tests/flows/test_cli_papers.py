"""Papers on the command line: what waits, who may decide, and the demo's own papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import cli
from serving import assembly
from serving.assembly import Platform
from tests.serving.paper_bank import GOOD, a_bank, a_payslip, an_application, checked


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    place = a_bank(tmp_path / "home")
    monkeypatch.setattr(assembly, "platform", lambda *_: place)
    yield place
    place.records.database.engine.dispose()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = cli.run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_an_officer_sees_what_waits_and_decides(bank: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    document = checked(bank, an_application(bank), a_payslip("Somebody Else"))["document_id"]
    code, found = run(capsys, "papers", "waiting")
    assert (code, [paper["document_id"] for paper in found["documents"]]) == (0, [document])
    words = ("papers", "refuse", document, "--reason", "Another person's.", "--by")
    code, refused = run(capsys, *words, "risk")
    assert (code, refused["error"]["code"]) == (2, "role")
    code, done = run(capsys, *words, "officer")
    assert (code, done["state"], done["decided_by"]) == (0, "refused", "officer")
    assert run(capsys, *words, "officer")[0] == 1


def test_the_papers_of_a_generated_person_are_written_whole(
    bank: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "papers"
    code, made = run(capsys, "demo", "papers", "--customer", GOOD, "--out", str(out), "--kind", "payslip")
    assert (code, [Path(file).name for file in made["files"]]) == (0, ["payslip-C00001.pdf"])
    assert [file.name for file in out.iterdir()] == ["payslip-C00001.pdf"]
    assert (out / "payslip-C00001.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "words", [("--kind", "diary"), ("--as", "gif"), ("--wrong", "everything"), ("--customer", "C99999")]
)
def test_what_cannot_be_drawn_is_refused_by_name(
    bank: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, str]
) -> None:
    asked = {"--customer": GOOD, "--out": str(tmp_path / "papers"), **dict([words])}
    code, told = run(capsys, "demo", "papers", *[part for pair in asked.items() for part in pair])
    assert code == 2
    assert told["error"]["expected"]
    assert not (tmp_path / "papers").exists()


def test_the_sweep_says_what_it_dropped(bank: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    bank.objects.put("user-docs/C00001/quarantine/20200101T0000-f_old-1", b"x")
    assert run(capsys, "papers", "sweep") == (0, {"dropped": 1})
    assert run(capsys, "papers", "sweep") == (0, {"dropped": 0})


def test_doctor_says_how_to_install_the_reader_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.doctor import examine

    monkeypatch.setenv("PATH", "/nowhere")
    check = next(check for check in examine()["checks"] if check["name"] == "tesseract")
    assert check["level"] == "note"
    assert "apt-get install tesseract-ocr" in check["fix"]
