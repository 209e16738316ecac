"""A package as one file: the same bytes each time, and nothing of it is used that was not sealed."""

import io
import shutil
import tarfile
import tracemalloc

import pytest

from lending.domain.errors import NotFoundError, RefusedError
from tests.training.books import a_book
from tests.training.families import a_package
from training.servable import load
from training.servable.archive import ARCHIVE, MODEL_TAR, pack, read_archive, unpack
from training.servable.manifest import MANIFEST, seal, sha256_of


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return a_package(tmp_path_factory.mktemp("logistic"), "logistic", a_book())


@pytest.fixture
def packed(model, tmp_path):
    out = tmp_path / MODEL_TAR
    pack(model.folder, out)
    return out


def members_of(archive):
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def written(archive, members):
    """An archive of (header, content) pairs, whatever they say."""
    with tarfile.open(archive, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive


def plain(name, kind=tarfile.REGTYPE, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def test_the_same_package_gives_the_same_bytes_wherever_it_lies(model, packed, tmp_path):
    copy = shutil.copytree(model.folder, tmp_path / "copy", copy_function=shutil.copyfile)
    other = tmp_path / "elsewhere" / "other.tar.gz"
    assert pack(copy, other) == sha256_of(packed.read_bytes()) == sha256_of(other.read_bytes())


def test_what_was_packed_is_unpacked_to_the_byte_and_runs(model, packed, tmp_path):
    facts = unpack(packed, tmp_path / "out", sha256_of(packed.read_bytes()))
    again = load(tmp_path / "out", facts.manifest_sha256)
    assert (again.version, again.sha256, again.feature_set) == (model.version, model.sha256, model.feature_set)
    assert facts.feature_set == model.feature_set.name
    assert len(facts.feature_code) == 64
    assert all((tmp_path / "out" / p.name).read_bytes() == p.read_bytes() for p in model.folder.iterdir())
    assert read_archive(tmp_path / "out") == facts


def test_an_archive_with_another_hash_is_not_unpacked(packed, tmp_path):
    with pytest.raises(RefusedError, match="hash"):
        unpack(packed, tmp_path / "out", "0" * 64)
    assert [p.name for p in tmp_path.iterdir()] == [MODEL_TAR]


@pytest.mark.parametrize(
    "member",
    [
        plain("../outside"),
        plain("/etc/passwd"),
        plain("sub/file"),
        plain("link", tarfile.SYMTYPE, "/etc/passwd"),
        plain("hard", tarfile.LNKTYPE, MANIFEST),
        plain("pipe", tarfile.FIFOTYPE),
        plain("folder", tarfile.DIRTYPE),
        plain(MANIFEST),
    ],
    ids=lambda member: member.name,
)
def test_a_member_that_is_no_plain_file_of_its_own_is_refused(packed, tmp_path, member):
    good = [(plain(name), content) for name, content in members_of(packed).items()]
    with pytest.raises(RefusedError, match="the member"):
        unpack(written(tmp_path / "bad.tar.gz", [*good, (member, b"")]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_member_beyond_the_bound_is_refused_before_it_is_read(packed, tmp_path, monkeypatch):
    monkeypatch.setattr("training.servable.archive.MOST_BYTES", 1000)
    with pytest.raises(RefusedError, match="bounds"):
        unpack(packed, tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_claims_to_be_large_is_refused_before_it_is_read(tmp_path, kind):
    bomb = written(tmp_path / "bad.tar.gz", [(plain("x", kind), bytes(4_000_000))])
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match="no archive"):
            unpack(bomb, tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_bytes_that_are_changed_on_the_way_are_refused(packed, tmp_path):
    sent = packed.read_bytes()
    for at in range(10, len(sent), len(sent) // 40):
        packed.write_bytes(sent[:at] + bytes([sent[at] ^ 0x55]) + sent[at + 1 :])
        with pytest.raises(RefusedError):
            unpack(packed, tmp_path / "out")


def test_a_changed_a_missing_and_a_stray_file_are_refused(packed, tmp_path):
    good = members_of(packed)
    for i, changed in enumerate(
        (
            {**good, "calibration.json": good["calibration.json"] + b" "},
            {k: v for k, v in good.items() if k != "features.json"},
            {**good, "extra.py": b"print()"},
            {k: v for k, v in good.items() if k != ARCHIVE},
            {**good, ARCHIVE: good[ARCHIVE].replace(b"candor-pd", b"another")},
            {**good, ARCHIVE: b"[]"},
            {},
        )
    ):
        bad = written(tmp_path / f"{i}.tar.gz", [(plain(name), content) for name, content in changed.items()])
        with pytest.raises(RefusedError):
            unpack(bad, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(RefusedError):
        unpack(tmp_path / "x.tar.gz", tmp_path / "out")


def test_an_archive_that_is_cut_off_is_refused(packed, tmp_path):
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(RefusedError):
        unpack(packed, tmp_path / "out")


def test_a_changed_package_is_not_packed(model, tmp_path):
    copy = shutil.copytree(model.folder, tmp_path / "copy")
    (copy / "features.json").write_text("{}")
    with pytest.raises(RefusedError, match=r"features\.json"):
        pack(copy, tmp_path / MODEL_TAR)
    with pytest.raises(NotFoundError):
        pack(tmp_path / "nothing", tmp_path / MODEL_TAR)
    assert not (tmp_path / MODEL_TAR).exists()


def test_an_archive_says_which_code_trained_the_model(model, tmp_path):
    copy = shutil.copytree(model.folder, tmp_path / "copy")
    seal(copy, {**model.manifest, "code_version": "c_123456789012"})
    pack(copy, tmp_path / MODEL_TAR)
    assert unpack(tmp_path / MODEL_TAR, tmp_path / "out").code_version == "c_123456789012"
