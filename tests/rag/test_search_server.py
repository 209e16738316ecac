"""Who we are to a search server, and what is said when it does not answer as it should; no node is needed."""

import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lending.domain.errors import InputError, UnavailableError
from lending.settings import load_settings
from rag.adapters.embedded_index import EmbeddedIndex
from rag.adapters.opensearch_index import OpenSearchIndex
from rag.adapters.opensearch_server import Access, SaidNoError, Server
from serving.assembly import Platform
from tests.fakes.http import Answer, Service


@pytest.fixture
def listening():
    """Starts services that answer everything with one status and one body."""
    started = []

    def start(status=200, body="{}"):
        started.append(Service(lambda _: Answer(status, blocks=(body.encode(),))))
        return started[-1]

    yield start
    for service in started:
        service.stop()


def error(status):
    return json.dumps(
        {"error": {"root_cause": [{"reason": "because"}], "type": "kind", "reason": "because"}, "status": status}
    )


def test_a_password_is_sent_as_basic_authentication(listening):
    server = listening()
    Server(Access(server.url, "kb", "secret")).call("GET", "/")
    assert server.asked[0].headers["authorization"] == "Basic a2I6c2VjcmV0"


def test_without_a_user_nothing_is_sent(listening):
    server = listening()
    Server(Access(server.url)).call("GET", "/")
    assert "authorization" not in {name.lower() for name in server.asked[0].headers}


def test_on_aws_requests_are_signed_with_the_machine_s_credentials(listening, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-one")
    server = listening()
    Server(Access(server.url, aws_region="eu-west-1")).call("GET", "/")
    sent = {name.lower(): value for name, value in server.asked[0].headers.items()}
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/es/aws4_request" in sent["authorization"]
    assert "x-amz-content-sha256" in sent


def test_without_aws_credentials_it_is_said_what_is_missing(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(UnavailableError, match="AWS credentials"):
        Server(Access("http://127.0.0.1:9", aws_region="eu-west-1")).call("GET", "/")


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "search_denied"), (403, "search_denied"), (429, "search_unreachable"), (503, "search_unreachable")],
)
def test_a_server_that_refuses_or_fails_is_told_apart(listening, status, code):
    with pytest.raises(UnavailableError) as down:
        Server(Access(listening(status, error(status)).url, "kb", "secret")).call("GET", "/")
    assert down.value.code == code
    assert str(status) in down.value.found
    assert "secret" not in str(down.value.as_dict())


@pytest.mark.parametrize("status", [403, 429])
def test_a_server_without_room_is_not_taken_for_one_that_refuses_us(listening, status):
    body = {"error": {"type": "cluster_block_exception", "reason": "secret"}, "status": status}
    with pytest.raises(UnavailableError, match="takes nothing new") as down:
        Server(Access(listening(status, json.dumps(body)).url)).call("PUT", "/kb-1")
    assert down.value.code == "search_blocked"
    assert "secret" not in str(down.value.as_dict())


@pytest.mark.parametrize("status", [400, 404])
def test_what_the_server_does_not_know_is_left_to_the_one_who_asked(listening, status):
    with pytest.raises(SaidNoError, match="because") as no:
        Server(Access(listening(status, error(status)).url)).call("GET", "/")
    assert no.value.status == status


def test_an_answer_that_is_no_json_is_no_answer(listening):
    with pytest.raises(UnavailableError, match="does not answer"):
        Server(Access(listening(200, "<html>").url)).call("GET", "/")


def test_a_name_that_does_not_exist_is_an_honest_error():
    with pytest.raises(UnavailableError, match=r"nowhere\.invalid:9200"):
        Server(Access("http://nowhere.invalid:9200")).call("GET", "/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=True).add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, kind, serialization.NoEncryption()))
    return file


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(listening, certificate):
    server = listening()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.speak(context)
    url = server.url.replace("http:", "https:")
    with pytest.raises(UnavailableError, match="does not answer"):
        Server(Access(url, "kb", "secret")).call("GET", "/")
    assert server.asked == []
    assert Server(Access(url, "kb", "secret", authority=certificate)).call("GET", "/") == {}


def test_a_password_is_not_sent_in_the_clear_to_another_machine():
    with pytest.raises(InputError, match="CANDOR_SEARCH_URL is not https"):
        load_settings(search_url="http://search.example.com:9200", search_user="kb")
    assert load_settings(search_url="http://127.0.0.1:9200", search_user="kb").search_user == "kb"


@pytest.mark.parametrize(
    "url", ["search.example.com", "https://kb:secret@search.example.com", "ftp://a", "http://a/b c"]
)
def test_an_address_that_is_none_stops_the_start(url):
    with pytest.raises(InputError, match="CANDOR_SEARCH_URL"):
        load_settings(search_url=url)


def test_the_setting_chooses_the_index(settings):
    there = Platform(settings.model_copy(update={"search_url": "http://127.0.0.1:9"}))
    assert isinstance(Platform(settings).knowledge.retrieval.index, EmbeddedIndex)
    assert isinstance(there.knowledge.retrieval.index, OpenSearchIndex)
