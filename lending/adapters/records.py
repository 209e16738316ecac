"""Everything the database keeps, opened together."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from lending.adapters.accounts import AccountFile, SessionFile, ThrottleFile
from lending.adapters.alarms import AlarmFile, MeasurementFile
from lending.adapters.applications import ApplicationFile, InvitationFile
from lending.adapters.approvals import ApprovalFile
from lending.adapters.audit_pages import AuditPages
from lending.adapters.behaviour import BehaviourFile
from lending.adapters.beside_counts import BesideCounts
from lending.adapters.cases import CaseFile
from lending.adapters.customers import CustomerFile
from lending.adapters.decisions import DecisionLedger
from lending.adapters.documents import DocumentFile
from lending.adapters.drafts import DraftFile
from lending.adapters.envelope import Envelopes
from lending.adapters.errands import ErrandFile
from lending.adapters.exposures import ExposureFile
from lending.adapters.feedback import FeedbackFile
from lending.adapters.keepers import AuditTrail, IdempotencyFile, PolicyKeeper
from lending.adapters.language import LanguageFile
from lending.adapters.model_scores import ScoreFile
from lending.adapters.notices import NoticeFile, PreferenceFile
from lending.adapters.offers import OfferFile
from lending.adapters.outbox import OutboxFile
from lending.adapters.outcomes import OutcomeFile
from lending.adapters.person_file import PersonFile
from lending.adapters.requests import RequestFile, RestrictionFile
from lending.adapters.session import Database
from lending.adapters.talk import ConversationFile, OwnDocumentFile
from lending.adapters.tallies import TallyFile
from lending.adapters.tally_sources import CountableFile
from lending.adapters.trials import TrialCountFile, TrialFile
from lending.adapters.words import AttachedFile, GenerationFile, KeptTextFile
from lending.ports import Clock
from lending.settings import Settings


@dataclass(frozen=True, slots=True)
class Records:
    """The ports of `lending.ports` on one database."""

    database: Database
    envelopes: Envelopes
    customers: CustomerFile
    decisions: DecisionLedger
    accounts: AccountFile
    sessions: SessionFile
    throttle: ThrottleFile
    audit: AuditTrail
    policies: PolicyKeeper
    idempotency: IdempotencyFile
    offers: OfferFile
    conversations: ConversationFile
    own_documents: OwnDocumentFile
    generations: GenerationFile
    kept_texts: KeptTextFile
    feedback: FeedbackFile
    attached: AttachedFile
    outbox: OutboxFile
    notices: NoticeFile
    preferences: PreferenceFile
    requests: RequestFile
    restrictions: RestrictionFile
    person: PersonFile
    exposures: ExposureFile
    behaviour: BehaviourFile
    documents: DocumentFile
    applications: ApplicationFile
    invitations: InvitationFile
    cases: CaseFile
    drafts: DraftFile
    tallies: TallyFile
    countable: CountableFile
    approvals: ApprovalFile
    audit_pages: AuditPages
    beside: BesideCounts
    measurements: MeasurementFile
    alarms: AlarmFile
    outcomes: OutcomeFile
    language: LanguageFile
    trials: TrialFile
    trial_counts: TrialCountFile
    scores: ScoreFile
    traced: ErrandFile


def open_records(settings: Settings, clock: Clock) -> Records:
    """Open the database and bring its tables up to date.

    Raises:
        UnavailableError: it cannot be opened, read or written.
    """
    database = Database(settings.database)
    database.upgrade()
    envelopes = Envelopes(database, settings.master_key.get_secret_value())
    return Records(
        database,
        envelopes,
        CustomerFile(database, envelopes, clock),
        DecisionLedger(database, envelopes, clock),
        AccountFile(database, _hasher(settings)),
        SessionFile(database, clock, settings.session_idle_minutes, settings.session_hours),
        ThrottleFile(database, clock),
        AuditTrail(database, clock),
        PolicyKeeper(database),
        IdempotencyFile(database, clock, envelopes),
        OfferFile(database, envelopes, clock),
        ConversationFile(database, envelopes, clock),
        OwnDocumentFile(database, envelopes, clock),
        GenerationFile(database),
        KeptTextFile(database, envelopes, clock),
        FeedbackFile(database, envelopes),
        AttachedFile(database, envelopes),
        OutboxFile(database, envelopes, clock),
        NoticeFile(database, envelopes, clock),
        PreferenceFile(database, envelopes, clock),
        RequestFile(database, envelopes, clock),
        RestrictionFile(database),
        PersonFile(database, envelopes),
        ExposureFile(database, clock),
        BehaviourFile(database),
        DocumentFile(database, envelopes, clock),
        ApplicationFile(database, envelopes),
        InvitationFile(database),
        CaseFile(database, envelopes),
        DraftFile(database, clock),
        TallyFile(database),
        CountableFile(database, envelopes),
        ApprovalFile(database),
        AuditPages(database, envelopes),
        BesideCounts(database),
        MeasurementFile(database),
        AlarmFile(database),
        OutcomeFile(database, envelopes),
        LanguageFile(database, envelopes),
        TrialFile(database),
        TrialCountFile(database),
        ScoreFile(database),
        ErrandFile(database),
    )


def _hasher(settings: Settings) -> PasswordHasher:
    """Argon2id with the library's own costs; tests hash cheaply."""
    if settings.profile == "test":
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()
