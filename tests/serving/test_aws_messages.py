"""Messages over SES and SNS and events over SQS: they arrive, faults are tried again, nothing personal leaks."""

from __future__ import annotations

import json
import logging

import pytest

from lending.adapters.aws import aws_client
from lending.domain.errors import InputError, UnavailableError
from lending.message_ports import Event, Preferences
from serving.adapters.apprise_messages import AppriseMessages
from serving.adapters.channels import channel_of
from serving.adapters.ses_messages import SesMessages
from serving.adapters.sns_messages import SnsMessages
from serving.adapters.sqs_events import SqsEvents
from serving.delivery import Delivered
from tests.bank import open_bank
from tests.fakes.aws import REGION, nobody_answers

TO, PHONE, TEXT = "linnea.canary@example.com", "+15550101234", "The canary text of a message."
GOOD = "C00001"


@pytest.fixture
def sender(aws):
    """A verified sender."""
    aws_client("sesv2", REGION).create_email_identity(EmailIdentity="loans@example.com")
    return SesMessages("loans@example.com", REGION)


@pytest.fixture
def queue(aws):
    """Makes a queue by its name, and reads what is on it."""
    client = aws_client("sqs", REGION)

    def make(name, **attributes):
        return client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def read(url):
        told = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return told.get("Messages", [])

    return make, read


def sent_mails():
    from moto.ses.models import ses_backends  # pyright: ignore[reportMissingTypeStubs]

    return ses_backends["123456789012"][REGION].sent_messages


def sent_sms():
    from moto.sns.models import sns_backends  # pyright: ignore[reportMissingTypeStubs]

    return sns_backends["123456789012"][REGION].sms_messages


def test_an_e_mail_is_sent_as_plain_text_from_the_verified_sender(sender):
    sender.send(TO, "We have your application", TEXT, "m_1")
    (mail,) = sent_mails()
    assert (mail.source, mail.destinations["ToAddresses"], mail.subject, mail.body) == (
        "loans@example.com", [TO], "We have your application", TEXT,
    )  # fmt: skip


def test_a_text_goes_to_one_phone(aws):
    SnsMessages("MYBANK", REGION).send(PHONE, "unused", TEXT, "m_1")
    assert [told[:2] for told in sent_sms().values()] == [(PHONE, TEXT)]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # a module that Apprise loads
@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("ses://loans@example.com", SesMessages), ("sns://", SnsMessages), ("sns://MYBANK", SnsMessages),
        ("ses://loans@example.com/AHIAJGNT76XIMXDBIJYA/key/us-east-2/{to}", AppriseMessages),
        ("mailtos://user:pass@smtp.example.com?to={to}", AppriseMessages),
    ],
)  # fmt: skip
def test_our_short_forms_are_aws_and_every_other_target_is_apprises(target, kind):
    assert isinstance(channel_of(target, "CANDOR_MESSAGES_EMAIL"), kind)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # a module that Apprise loads
@pytest.mark.parametrize("target", ["ses://", "ses://nobody", "sns://TOOLONGASENDER", "ses://a@b?x=1", "words"])
def test_a_target_that_nothing_knows_stops_the_start_without_quoting_it(target):
    with pytest.raises(InputError) as raised:
        channel_of(target, "CANDOR_MESSAGES_EMAIL")
    assert (raised.value.field, raised.value.found) == ("CANDOR_MESSAGES_EMAIL", "another text")


@pytest.mark.parametrize("fault", ["500", "throttle", "denied", "cut", "refused"])
@pytest.mark.parametrize("channel", ["ses", "sns"])
def test_a_fault_is_one_error_and_neither_it_nor_the_log_names_address_or_text(
    channel, fault, sender, aws, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    over = sender if channel == "ses" else SnsMessages("", REGION)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    if fault == "refused":
        nobody_answers(monkeypatch)
        with pytest.raises(UnavailableError) as raised:
            over.send(TO if channel == "ses" else PHONE, "title", TEXT, "m_1")
    else:
        with aws.fault(fault), pytest.raises(UnavailableError) as raised:
            over.send(TO if channel == "ses" else PHONE, "title", TEXT, "m_1")
    said = str(raised.value) + str(raised.value.as_dict()) + caplog.text
    assert [word for word in (TO, PHONE, TEXT, "linnea") if word in said] == []


@pytest.mark.parametrize("channel", ["ses", "sns"])
def test_a_message_whose_answer_is_lost_is_not_sent_again_at_once(channel, sender, aws):
    over = sender if channel == "ses" else SnsMessages("", REGION)
    aws.calls.clear()
    with aws.fault("cut"), pytest.raises(UnavailableError):
        over.send(TO if channel == "ses" else PHONE, "title", TEXT, "m_1")
    assert len(aws.calls) == 1


def test_a_sender_that_is_not_verified_is_the_same_error(aws):
    with pytest.raises(UnavailableError):
        SesMessages("stranger@example.com", REGION).send(TO, "title", TEXT, "m_1")


def test_a_customer_who_chose_e_mail_gets_it_over_ses_once_the_fault_is_over(sender, aws, tmp_path, clock):
    bank = open_bank(tmp_path, clock=clock, messages_email="ses://loans@example.com", aws_region=REGION)
    bank.records.preferences.keep(GOOD, Preferences("en", ("email",), TO, ""))
    bank.messages.tell(GOOD, "application.submitted", "a_1", "once", reference="AB-12")
    with aws.fault("denied"):
        assert bank.delivery.run() == Delivered(done=1, failed=1)
    assert len(bank.messages.inbox(GOOD)) == 1
    clock.move(minutes=1)
    assert bank.delivery.run() == Delivered(done=1)
    assert [mail.destinations["ToAddresses"] for mail in sent_mails()] == [[TO]]
    bank.records.database.engine.dispose()


def test_an_event_says_what_happened_to_what_and_nothing_about_anybody(queue, tmp_path, clock, aws):
    make, read = queue
    url = make("events")
    bank = open_bank(tmp_path, clock=clock, events_queue_url=url, aws_region=REGION)
    bank.messages.tell(GOOD, "application.submitted", "a_1", "once", reference="AB-12")
    with aws.fault("throttle", only=lambda environ: "sqs" in str(environ.get("HTTP_AUTHORIZATION"))):
        assert bank.delivery.run() == Delivered(done=1, failed=1)
    assert read(url) == []
    clock.move(minutes=1)
    bank.delivery.run()
    (message,) = read(url)
    told = json.loads(message["Body"])
    assert (sorted(told), told["kind"], told["subject"]) == (
        ["at", "event_id", "kind", "subject"], "application.submitted", "a_1",
    )  # fmt: skip
    assert message["MessageAttributes"]["kind"]["StringValue"] == "application.submitted"
    assert [word for word in ("AB-12", GOOD) if word in message["Body"]] == []
    bank.records.database.engine.dispose()


def test_no_queue_no_event(tmp_path, clock):
    bank = open_bank(tmp_path, clock=clock)
    bank.messages.tell(GOOD, "application.submitted", "a_1", "once", reference="AB-12")
    assert bank.delivery.run() == Delivered(done=1)
    bank.records.database.engine.dispose()


def test_a_fifo_queue_drops_an_event_that_is_sent_again_and_keeps_the_order_of_a_subject(queue, clock):
    make, read = queue
    url = make("events.fifo", FifoQueue="true")
    events = SqsEvents(url, REGION)
    for name in ("m_1", "m_2", "m_1"):
        events.publish(Event(name, "application.submitted", "a_1", clock.now()))
    assert [json.loads(message["Body"])["event_id"] for message in read(url)] == ["m_1", "m_2"]


def test_a_standard_queue_names_an_event_the_same_each_time_it_is_sent(queue, clock):
    make, read = queue
    url = make("events")
    for _ in range(2):
        SqsEvents(url, REGION).publish(Event("m_1", "application.submitted", "", clock.now()))
    assert {json.loads(message["Body"])["event_id"] for message in read(url)} == {"m_1"}
