"""PostgreSQL over TLS: a server whose certificate the bank's own authority signed is believed, and no other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli_output import as_candor_error, sentence
from lending.adapters.session import Database
from tests.conftest import missing
from tests.fakes.postgres import Postgres, postgres  # noqa: F401

pytestmark = pytest.mark.full


def authority(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs others, and its key."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    ours = ("-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
    _openssl("req", "-x509", *_KEY, "-days", "2", "-keyout", str(key), "-out", str(certificate), *ours)
    return certificate, key


def signed(folder: Path, by: tuple[Path, Path], name: str) -> tuple[str, str]:
    """A server's certificate for an address, and its key, in PEM."""
    asked, key, made = (folder / f"server.{end}" for end in ("csr", "key", "crt"))
    _openssl("req", *_KEY, "-keyout", str(key), "-out", str(asked), "-subj", "/CN=postgres")
    more = folder / "more"
    more.write_text(f"subjectAltName={name}\n", encoding="ascii")
    own = ("-CA", str(by[0]), "-CAkey", str(by[1]), "-CAcreateserial", "-days", "2", "-extfile", str(more))
    _openssl("x509", "-req", "-in", str(asked), "-out", str(made), *own)
    return made.read_text(encoding="ascii"), key.read_text(encoding="ascii")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two authorities, `ours` and `strange`."""
    made = tmp_path_factory.mktemp("tls")
    try:
        for name in ("ours", "strange"):
            authority(made, name)
    except FileNotFoundError:
        missing("openssl", "there is no openssl on this machine")
    return made


@pytest.fixture(scope="module")
def server(postgres: Postgres, folder: Path) -> Iterator[Postgres]:  # noqa: F811
    """A server over TLS whose certificate `ours` signed, for 127.0.0.1."""
    own = Postgres()
    own.encrypt(*signed(folder, (folder / "ours.crt", folder / "ours.key"), "IP:127.0.0.1"))
    yield own
    own.stop()


def url(server: Postgres, authority: Path, host: str = "127.0.0.1") -> str:
    """As an administrator writes it."""
    plain = server.url().replace("127.0.0.1", host)
    return f"{plain}?sslmode=verify-full&sslrootcert={authority}"


def test_all_of_the_tables_are_made_and_read_over_a_line_whose_end_was_checked(server: Postgres, folder: Path) -> None:
    database = Database(url(server, folder / "ours.crt"))
    try:
        database.upgrade()
        with database.read() as connection:
            encrypted = connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            assert encrypted.scalar_one() is True
    finally:
        database.engine.dispose()


@pytest.mark.parametrize(
    ("authority", "host", "words"),
    [
        ("strange.crt", "127.0.0.1", "certificate verify failed"),
        ("nowhere.crt", "127.0.0.1", "does not exist"),
        ("ours.crt", "localhost", "does not match host name"),
    ],
)
def test_a_server_that_others_signed_or_that_goes_by_another_name_is_refused_in_a_sentence(
    server: Postgres, folder: Path, authority: str, host: str, words: str
) -> None:
    database = Database(url(server, folder / authority, host))
    with pytest.raises(Exception) as told:  # noqa: PT011 - what the command line makes of it is looked at
        database.upgrade()
    database.engine.dispose()
    said = as_candor_error(told.value)  # type: ignore[arg-type]
    assert said is not None
    assert words in sentence(said)
    assert server.password not in sentence(said)


_KEY = ("-newkey", "rsa:2048", "-nodes")


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
