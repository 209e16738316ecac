"""Delivery: at least once, each message once in the inbox, whatever breaks and whoever helps."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from lending.adapters.outbox import CLAIM, MOST_ATTEMPTS
from lending.domain.errors import InputError, UnavailableError
from lending.message_ports import OutboxRow, Preferences
from serving.adapters.apprise_messages import AppriseMessages
from serving.adapters.file_messages import FileMessages
from serving.assembly import Platform
from serving.delivery import Delivered, Delivery
from serving.messages import CHANNEL, NOTICE, ChannelHandler, NoticeHandler
from tests.bank import open_bank
from tests.conftest import HandClock, sized

GOOD, OTHER = "C00001", "C00002"


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def tell(bank: Platform, once: str = "a_1", customer: str = GOOD) -> None:
    bank.messages.tell(customer, "application.submitted", "a_1", once, reference="AB-12")


def test_a_customer_reads_what_they_were_told_in_their_language(bank: Platform) -> None:
    tell(bank)
    assert bank.messages.inbox(GOOD) == []
    assert bank.delivery.run() == Delivered(done=1)
    (message,) = bank.messages.inbox(GOOD)
    assert message["title"] == "We have your application"
    assert "AB-12" in message["text"]
    assert message["link"] == "/applications/a_1"
    assert message["read_at"] is None
    assert bank.messages.inbox(GOOD, "es")[0]["title"] == "Hemos recibido su solicitud"
    assert bank.messages.inbox(OTHER) == []


def test_telling_the_same_twice_tells_it_once(bank: Platform) -> None:
    tell(bank)
    tell(bank)
    bank.delivery.run()
    tell(bank)
    bank.delivery.run()
    assert bank.messages.unread(GOOD) == 1


@pytest.mark.parametrize(("kind", "slots"), [("application.unheard_of", {}), ("application.submitted", {})])
def test_what_cannot_be_said_is_refused_when_it_is_told(bank: Platform, kind: str, slots: dict[str, str]) -> None:
    with pytest.raises(InputError):
        bank.messages.tell(GOOD, kind, "a_1", "x", **slots)
    assert bank.records.outbox.list(given_up=False) == []


def test_a_crash_between_effect_and_receipt_leaves_one_message(bank: Platform, clock: HandClock) -> None:
    tell(bank)
    (row,) = bank.records.outbox.claim(1)
    NoticeHandler(bank.messages, bank.channels)(row)  # and the process dies here
    clock.move(seconds=CLAIM.total_seconds() + 1)
    assert bank.delivery.run() == Delivered(done=1)
    assert len(bank.messages.inbox(GOOD)) == 1


def test_many_deliverers_at_once_deliver_each_message_once(bank: Platform) -> None:
    count = sized(20, 500)
    for number in range(count):
        tell(bank, f"a_{number}")
    others = [Delivery(bank.records.outbox, {NOTICE: NoticeHandler(bank.messages, {})}) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda one: one.run(), others))
    assert sum(one.done for one in done) == count
    assert len(bank.messages.notices.of(GOOD, 2 * count)) == count


class Line:
    """A channel that can be down, and remembers what it took."""

    def __init__(self) -> None:
        self.down, self.taken = False, list[tuple[str, str, str]]()

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        if self.down:
            raise UnavailableError("no line", code="channel")
        self.taken.append((to, title, text))


def wired(bank: Platform, **channels: Line) -> Delivery:
    handlers = {NOTICE: NoticeHandler(bank.messages, channels), CHANNEL: ChannelHandler(bank.messages, channels)}
    return Delivery(bank.records.outbox, handlers)


def test_slow_effects_one_after_another_are_done_once_each_by_two_deliverers(bank: Platform, clock: HandClock) -> None:
    seen: list[str] = []

    def slow(row: OutboxRow) -> None:
        seen.append(row.message_id)
        clock.move(seconds=CLAIM.total_seconds() * 0.6)
        if len(seen) == 3:
            other.run()

    other = Delivery(bank.records.outbox, {"paper": lambda row: seen.append(row.message_id)})
    for number in range(5):
        bank.records.outbox.add("paper", None, f"paper {number}", {})
    Delivery(bank.records.outbox, {"paper": slow}).run()
    assert len(seen) == len(set(seen)) == 5


def test_a_channel_that_is_down_is_tried_again_and_the_inbox_does_not_wait(bank: Platform, clock: HandClock) -> None:
    email = Line()
    bank.records.preferences.keep(GOOD, Preferences("es", ("email",), "good@example.com"))
    delivery, email.down = wired(bank, email=email), True
    tell(bank)
    assert delivery.run() == Delivered(done=1, failed=1)
    assert bank.messages.unread(GOOD) == 1
    clock.move(minutes=1)
    email.down = False
    assert delivery.run() == Delivered(done=1)
    assert [(to, title) for to, title, _ in email.taken] == [("good@example.com", "Hemos recibido su solicitud")]
    assert len(bank.messages.inbox(GOOD)) == 1


def test_what_never_works_is_given_up_visibly_and_names_nobody(bank: Platform, clock: HandClock) -> None:
    email = Line()
    email.down = True
    bank.records.preferences.keep(GOOD, Preferences("en", ("email",), "good@example.com"))
    delivery = wired(bank, email=email)
    tell(bank)
    for _ in range(MOST_ATTEMPTS + 1):
        delivery.run()
        clock.move(hours=1)
    (lost,) = bank.records.outbox.list(given_up=True)
    assert (lost.kind, lost.trouble) == (CHANNEL, "channel")
    email.down = False
    bank.records.outbox.retry()
    delivery.run()
    assert len(email.taken) == 1


def test_a_row_nobody_handles_waits_for_a_program_that_does(bank: Platform) -> None:
    bank.records.outbox.add("from.tomorrow", None, "x", {})
    assert bank.delivery.run() == Delivered(failed=1)
    (row,) = bank.records.outbox.list(given_up=False)
    assert row.trouble == "no_handler"


def test_channels_are_off_until_they_are_chosen_and_off_again_when_switched_off(bank: Platform) -> None:
    sms, email = Line(), Line()
    delivery = wired(bank, sms=sms, email=email)
    tell(bank, "one")
    delivery.run()
    bank.records.preferences.keep(GOOD, Preferences("en", ("sms",), "", "+15555550100"))
    tell(bank, "two")
    delivery.run()
    assert [(to, text) for to, _, text in sms.taken] == [("+15555550100", "Your application AB-12 has arrived.")]
    bank.records.outbox.add(CHANNEL, GOOD, "late", {**_content(), "channel": "sms"})
    bank.records.preferences.keep(GOOD, Preferences())
    delivery.run()
    assert (len(sms.taken), email.taken) == (1, [])


def _content() -> dict[str, object]:
    return {"kind": "application.submitted", "subject": "a_1", "slots": {"reference": "AB-12"}}


def test_the_thread_delivers_soon_after_the_commit_and_stops_cleanly(bank: Platform) -> None:
    arrived = Event()
    delivery = Delivery(bank.records.outbox, {"ring": lambda _row: arrived.set()})
    delivery.start()
    try:
        with bank.records.database.together():
            bank.records.outbox.add("ring", None, "now", {})
            assert not arrived.wait(0.05)
        assert arrived.wait(5)
    finally:
        delivery.stop()
    arrived.clear()
    bank.records.outbox.add("ring", None, "later", {})
    assert not arrived.wait(0.2)


def test_the_demo_writes_messages_to_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "messages" / "email.jsonl"
    channel = FileMessages(file)
    channel.send("a@example.com", "Hello", "¿Qué tal?", "m_1")
    channel.send("b@example.com", "Hello", "again", "m_2")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["to"] for line in lines] == ["a@example.com", "b@example.com"]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # a module that Apprise loads
def test_an_apprise_target_needs_a_place_for_the_address() -> None:
    with pytest.raises(InputError):
        AppriseMessages("json://127.0.0.1/hook", "CANDOR_MESSAGES_EMAIL")
    with pytest.raises(InputError):
        AppriseMessages("nonsense {to}", "CANDOR_MESSAGES_EMAIL")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # a module that Apprise loads
def test_an_apprise_target_that_is_down_is_said_without_address_or_text(caplog: pytest.LogCaptureFixture) -> None:
    channel = AppriseMessages("json://127.0.0.1:9/{to}", "CANDOR_MESSAGES_EMAIL")
    with caplog.at_level("DEBUG"), pytest.raises(UnavailableError) as refused:
        channel.send("private@example.com", "Title", "Secret text", "m_1")
    told = f"{refused.value} {refused.value.as_dict()} {caplog.text}"
    assert "private" not in told
    assert "Secret" not in told


def test_every_message_is_written_in_both_languages_with_the_same_slots(bank: Platform) -> None:
    texts = bank.messages.texts
    for kind, entry in texts.kinds.items():
        slots = dict.fromkeys(("reference", "document", "product"), "X") | {"day": "2026-06-01"}
        for language in ("en", "es"):
            told = texts.told(kind, "a_1", slots, language)
            assert all((told.title, told.text, told.short, told.link.startswith("/"))), kind
        assert set(entry["en"]) == set(entry["es"]) == {"title", "text", "short"}, kind
        assert ("{day}" in entry["en"]["text"]) == ("{day}" in entry["es"]["text"]), kind
