"""The parts of the platform that the portal stands on: applications, documents, messages, accounts, variants."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.assembly_words import WithWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lending.message_ports import Channel
    from serving.account import Account
    from serving.applications import Applications
    from serving.background import Background
    from serving.behaviour import Behaviours
    from serving.best_fit import BestFit
    from serving.chat import Chat
    from serving.customer_book import CustomerBook
    from serving.customer_requests import RequestDesk
    from serving.delivery import Delivery, Handler
    from serving.documents.arrivals import Arrivals
    from serving.documents.checking import Documents
    from serving.later import LaterRequests
    from serving.messages import Messages
    from serving.variants import Variants


class WithPortal(WithWords):
    """What happens after a quote, and what a customer may ask of the bank."""

    @cached_property
    def variants(self) -> Variants:
        """Which wording, order or layout somebody sees."""
        from serving.variants import PURPOSE, open_variants

        records = self.records
        return open_variants(self.settings.kb, records.exposures, records.envelopes.key_for(PURPOSE))

    @cached_property
    def behaviour(self) -> Behaviours:
        """How the pages are used, without naming anybody."""
        from serving.behaviour import PURPOSE, Behaviours, open_behaviour

        records, lists = self.records, open_behaviour(self.settings.kb)
        products = frozenset(self.policy.current.products)
        key = records.envelopes.key_for(PURPOSE)
        return Behaviours(records.behaviour, lists, self.variants, products, self.clock, key)

    @cached_property
    def best_fit(self) -> BestFit:
        """Which loan type suits a customer today."""
        from serving.best_fit import BestFit, read_suiting

        return BestFit(self.quotes, read_suiting(self.settings.kb, self.settings.market))

    @cached_property
    def applications(self) -> Applications:
        """Applying for a loan, from the draft to the accepted offer."""
        from serving.application_form import read_form
        from serving.applications import Applications
        from serving.formats import formats

        records, settings = self.records, self.settings
        return Applications(
            records.applications, records.offers, records.invitations, records.customers, records.decisions,
            self.policy, records.audit, records.throttle, self.clock,
            read_form(settings.kb, formats(settings.market)), self.messages.tell, self._papers_of,
            self.papers.refuse,
        )  # fmt: skip

    def _papers_of(self, customer_id: str, application_id: str) -> Sequence[Mapping[str, Any]]:
        """The checklist of an application; documents stand on applications too, so it is asked for when needed."""
        documents = getattr(self, "documents", None)
        return documents.checklist(customer_id, application_id) if documents else []

    @cached_property
    def documents(self) -> Documents:
        """Papers of customers: the checklist, receiving, the check."""
        from serving.documents.cases import Cases
        from serving.documents.checking import Documents
        from serving.documents.demo_papers import DemoPapers
        from serving.documents.rules import read_rules

        records, settings, rules = self.records, self.settings, read_rules(self.settings.kb)
        cases = Cases(records.applications, records.decisions, records.customers, self.clock)
        demo = DemoPapers(cases, rules.lines, settings.seed, settings.profile != "production")
        return Documents(
            records.documents, self.objects, records.outbox, cases, rules, self.clock, lambda: self.own_papers,
            lambda application_id: self.applications.advance(application_id), self.messages, records.audit,
            settings.market != "us", demo,
        )  # fmt: skip

    @cached_property
    def arrivals(self) -> Arrivals:
        """Papers that come straight to the bucket, where there is one."""
        from serving.documents.arrivals import Arrivals

        settings, uploads, news = self.settings, None, None
        if settings.objects_bucket:
            from lending.adapters.s3_uploads import S3Uploads

            uploads = S3Uploads(settings.objects_bucket, settings.objects_kms_key, settings.aws_region)
        if settings.uploads_queue_url:
            from lending.adapters.sqs_news import SqsNews

            news = SqsNews(settings.uploads_queue_url, settings.aws_region)
        return Arrivals(self.documents, uploads, news, settings.upload_minutes)

    @cached_property
    def messages(self) -> Messages:
        """What customers are told."""
        from serving.message_texts import message_texts
        from serving.messages import Messages

        records, settings = self.records, self.settings
        texts = message_texts(settings.kb, settings.market)
        return Messages(records.outbox, records.notices, records.preferences, texts, self.clock)

    @cached_property
    def later_requests(self) -> LaterRequests:
        """Requests that nobody could score when they came."""
        from serving.later import LaterRequests

        return LaterRequests(self.records.outbox, lambda: self.advice, self.messages, self.clock)

    def _later(self) -> LaterRequests:
        return self.later_requests

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """How messages travel besides the inbox: by the settings' targets; the demo writes to a file instead."""
        from serving.adapters.channels import channel_of
        from serving.adapters.file_messages import FileMessages

        settings, found = self.settings, dict[str, "Channel"]()
        for name, target in (("email", settings.messages_email), ("sms", settings.messages_sms)):
            if template := target.get_secret_value():
                found[name] = channel_of(template, f"CANDOR_MESSAGES_{name.upper()}", settings.aws_region)
            elif settings.profile != "production":
                found[name] = FileMessages(settings.var / "messages" / f"{name}.jsonl")
        return found

    @cached_property
    def delivery(self) -> Delivery:
        """Does what the outbox holds."""
        from serving.delivery import Delivery
        from serving.later import KIND as LATER
        from serving.messages import CHANNEL, EVENT, NOTICE, ChannelHandler, EventHandler, NoticeHandler

        queue = self.settings.events_queue_url
        handlers: dict[str, Handler] = {
            NOTICE: NoticeHandler(self.messages, self.channels, bool(queue)),
            CHANNEL: ChannelHandler(self.messages, self.channels),
            LATER: self.later_requests,
            "document.check": lambda row: self.documents.check(str(row.content["document_id"]), last=row.last),
        }
        if queue:
            from serving.adapters.sqs_events import SqsEvents

            handlers[EVENT] = EventHandler(SqsEvents(queue, self.settings.aws_region))
        return Delivery(self.records.outbox, handlers, *self._beside_delivery())

    def _beside_delivery(self) -> Iterator[Background]:
        """What looks, beside the outbox, at queues of others."""
        from serving.background import Background
        from serving.documents.arrivals import EVERY_SECONDS

        if self.settings.uploads_queue_url:
            yield Background("arrivals", lambda: self.arrivals.run(), EVERY_SECONDS)

    @cached_property
    def request_desk(self) -> RequestDesk:
        """What customers ask of the bank, and who answers it."""
        from serving.customer_requests import RequestDesk, read_rights
        from serving.profile_fields import profile_fields

        records, settings = self.records, self.settings
        return RequestDesk(
            records.requests, records.customers, profile_fields(settings.kb), self.messages, records.outbox,
            records.audit, self.clock, read_rights(settings.kb, settings.market),
        )  # fmt: skip

    @cached_property
    def account(self) -> Account:
        """The rights of customers over their own data."""
        from serving.account import Account
        from serving.erasure import Erasure
        from serving.export import Export
        from serving.profile import Profile
        from serving.recorded import recorded_quote

        records, desk, settings = self.records, self.request_desk, self.settings
        profile = Profile(records.customers, records.requests, desk.fields)
        erasure = Erasure(
            desk, records.restrictions, records.person, records.envelopes, self.objects, self.arrivals.forget
        )
        export = Export(
            records.person, profile, self.documents, self.clock, settings.kb, settings.market,
            lambda decision_id: recorded_quote(records.decisions.get(decision_id), self.policy),
        )  # fmt: skip
        return Account(
            profile, desk, erasure, export, records.preferences, records.sessions, records.decisions, records.audit
        )

    @cached_property
    def customer_book(self) -> CustomerBook:
        """Whom the bank knows, as it brings them."""
        from serving.customer_book import CustomerBook

        return CustomerBook(self.records.customers, self.records.customers, self.records.audit)

    @cached_property
    def chat(self) -> Chat:
        """The assistant, which passes customers on to a person by a tracked request."""
        return replace(super().chat, contact=self.account.contact)
