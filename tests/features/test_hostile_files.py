"""Files that nobody would wish for: each ends in one clear sentence, and nothing is left half-written."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from features.adapters.dataset_files import DataSetFiles
from lending.domain.errors import CandorError
from tests.features.books import a_frame, a_mapping

Maker = Callable[[Path], None]


def csv_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def text(change: Callable[[pd.DataFrame], pd.DataFrame], encoding: str = "utf-8") -> Maker:
    return lambda file: file.write_bytes(change(a_frame()).to_csv(index=False).encode(encoding)) and None


def cut_gzip(file: Path) -> None:
    packed = gzip.compress(csv_of(a_frame()))
    file.write_bytes(packed[: len(packed) // 2])


def corrupt_parquet(file: Path) -> None:
    stream = io.BytesIO()
    a_frame().to_parquet(stream)
    content = bytearray(stream.getvalue())
    content[200 : len(content) // 2] = bytes(len(content) // 2 - 200)
    file.write_bytes(bytes(content))


HOSTILE: dict[str, tuple[str, Maker]] = {
    "no rows at all": ("small.csv", lambda f: f.write_bytes(b"") and None),
    "a header only": ("small.csv", text(lambda d: d.head(0))),
    "one class": ("small.csv", text(lambda d: d.assign(outcome="paid"))),
    "all values missing": ("small.csv", text(lambda d: d.assign(**{c: np.nan for c in d if c != "loan"}))),
    "latin-1": ("small.csv", text(lambda d: d.assign(branch="café"), "latin-1")),
    "utf-16": ("small.csv", text(lambda d: d, "utf-16")),
    "utf-16 without its mark": ("small.csv", text(lambda d: d, "utf-16-le")),
    "a cut gzip": ("small.csv.gz", cut_gzip),
    "a gzip that is none": ("small.csv.gz", lambda f: f.write_bytes(csv_of(a_frame())) and None),
    "a damaged parquet": ("small.parquet", corrupt_parquet),
    "a parquet that is none": ("small.parquet", lambda f: f.write_bytes(csv_of(a_frame())) and None),
    "an empty parquet": ("small.parquet", lambda f: a_frame().head(0).to_parquet(f)),
    "a folder": ("small.csv", lambda f: f.mkdir()),
    "a binary file": ("small.csv", lambda f: f.write_bytes(np.random.default_rng(1).bytes(5000)) and None),
    "zeros": ("small.csv", lambda f: f.write_bytes(bytes(5000)) and None),
    "more values than names": ("small.csv", lambda f: f.write_bytes(b"loan,day\n1,2,x\n3,4,y\n") and None),
    "ragged lines": ("small.csv", lambda f: f.write_bytes(csv_of(a_frame()) + b"1" + b",2" * 20) and None),
    "an open quote": ("small.csv", lambda f: f.write_bytes(csv_of(a_frame()) + b'"N9,') and None),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_ends_in_one_sentence(tmp_path: Path, kind: str) -> None:
    name, make = HOSTILE[kind]
    mapping = a_mapping(tmp_path, source={"path": name})
    (tmp_path / "small.csv").unlink()
    make(tmp_path / name)
    datasets = DataSetFiles(tmp_path / "data")
    with pytest.raises(CandorError) as caught:
        datasets.load(datasets.add(mapping))
    assert caught.value.exit_code in (1, 2)
    assert caught.value.do
    assert len(str(caught.value)) < 500
    assert "Traceback" not in str(caught.value)
    kept = [f.name for f in (tmp_path / "data").rglob("*") if f.is_file()]
    assert kept in ([], ["mapping.yaml"])


@pytest.mark.parametrize("kind", ["a cut gzip", "latin-1", "a folder", "a damaged parquet"])
def test_the_command_says_it_and_ends_with_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    from flows.cli import app
    from serving.assembly import platform

    monkeypatch.setenv("CANDOR_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("CANDOR_PROFILE", "test")
    platform.cache_clear()
    name, make = HOSTILE[kind]
    mapping = a_mapping(tmp_path, source={"path": name})
    (tmp_path / "small.csv").unlink()
    make(tmp_path / name)
    done = CliRunner().invoke(app, ["data", "add", str(mapping), "--json"])
    platform.cache_clear()
    assert done.exit_code == 2
    assert set(json.loads(done.stdout)["error"]) == {"code", "field", "found", "expected", "do"}


@pytest.mark.parametrize(("encoding", "line"), [("latin-1", "encoding: latin-1"), ("utf-16", "encoding: utf-16")])
def test_the_line_that_is_advised_for_another_encoding_works(tmp_path: Path, encoding: str, line: str) -> None:
    frame = a_frame().assign(branch=lambda d: d["branch"].replace("west", "Málaga"))
    mapping = a_mapping(tmp_path, frame)
    (tmp_path / "small.csv").write_bytes(frame.to_csv(index=False).encode(encoding))
    datasets = DataSetFiles(tmp_path / "data")
    with pytest.raises(CandorError) as caught:
        datasets.add(mapping)
    assert line in caught.value.do
    mapping.write_text(mapping.read_text().replace("path: small.csv", f"path: small.csv\n  {line}"))
    data = datasets.load(datasets.add(mapping))
    assert "Málaga" in set(data.frame["branch"])


def test_a_thousand_columns_are_checked_and_loaded(tmp_path: Path, datasets: DataSetFiles) -> None:
    rng = np.random.default_rng(2)
    frame = pd.concat([a_frame(600), pd.DataFrame(rng.normal(size=(600, 1000)).round(3)).add_prefix("x")], axis=1)
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    assert len(data.feature_set.names) > 1000
    assert [f for f in data.findings if f.kind == "leak" and not f.passed] == []
