"""The typed parameters of the flows, one model a flow; Prefect's page shows the descriptions."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9_]{0,62}$"
PORTFOLIO = "demo_bank"
CLUSTER = "address of a Dask scheduler whose workers share the work; empty means this process"


WHERE = "here, or as a job on SageMaker (settings CANDOR_SAGEMAKER_…)"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeedRequest(_Request):
    """What the generated bank looks like."""

    seed: int = Field(default=7, ge=0, description="seed of the generator; the same seed gives the same bank")
    customers: int = Field(default=5000, ge=100, le=100_000, description="number of people")


class HistoryRequest(_Request):
    """The generated past of the demo bank."""

    seed: int = Field(default=7, ge=0, description="seed of the requests; the same seed asks the same")
    days: int = Field(default=540, ge=1, le=900, description="how far back a history begins that is not there yet")


class DataRequest(_Request):
    """Which data set."""

    data: str = Field(default=PORTFOLIO, pattern=NAME, description="name of a data set added by its mapping file")


class TrainRequest(DataRequest):
    """What to train on and for how long."""

    seed: int | None = Field(default=None, ge=0, description="seed of the fit; empty means the one in the settings")
    budget_seconds: float = Field(default=240.0, ge=1, le=7200, description="seconds of the whole run")
    like: str | None = Field(default=None, description="id of a run to repeat; data, seed and trials are then its own")
    cluster: str = Field(default="", description=CLUSTER)
    where: Literal["here", "sagemaker"] = Field(default="here", description=WHERE)
    trained_by: str | None = Field(default=None, description="who asks for it; empty means the account that runs it")
    promote_first: bool = Field(
        default=False,
        description="promote through the gates if the portfolio has no champion; only the first start asks this",
    )


class RetrainRequest(DataRequest):
    """Why and on what a model is trained anew; nothing decides without a person's yes."""

    why: str = Field(
        default="on schedule", min_length=1, max_length=1000, description="the cause; an alarm names its own"
    )
    asked_by: str = Field(
        default="schedule", min_length=1, max_length=64, description="who asks; never the one who approves"
    )
    seed: int | None = Field(default=None, ge=0, description="seed of the fit; empty means the one in the settings")
    budget_seconds: float = Field(default=240.0, ge=1, le=7200, description="seconds of the training")


class RolloutRequest(DataRequest):
    """Whose new model takes its next step, if the rules say so."""


class ScoreRequest(_Request):
    """What to decide or score, and where to."""

    out: str = Field(min_length=1, description="file that appears whole; for a data set .csv or .parquet")
    requests: str = Field(default="", description="file of requests to decide, one JSON a line; or name a data set")
    data: str = Field(default="", pattern=f"^$|{NAME}", description="data set to score without records of it")
    version: str = Field(default="", description="registered version that scores; empty means the champion")
    cluster: str = Field(default="", description=CLUSTER)
    where: Literal["here", "sagemaker"] = Field(default="here", description=WHERE)


class Override(_Request):
    """A gate that is set aside, by whom and until when."""

    gate: str = Field(description="name of the gate")
    owner: str = Field(min_length=1, description="who answers for setting it aside")
    until: date = Field(description="last day on which it stays aside")


class PromoteRequest(DataRequest):
    """Which version shall decide, and why."""

    version: str = Field(description="registered version")
    approver: str = Field(min_length=1, description="who answers for it")
    reason: str = Field(min_length=1, description="why; kept with the model")
    requested_by: str | None = Field(default=None, description="who asks for it; empty means who trained it")
    override: Override | None = Field(default=None, description="a gate to set aside; usually empty")


class DeployRequest(DataRequest):
    """Which version shall answer behind an endpoint, and why."""

    version: str = Field(description="registered version that passed its gates and was approved")
    target: Literal["local", "sagemaker"] = Field(default="local", description="this machine, or SageMaker on AWS")
    endpoint: str = Field(
        default="", pattern=r"^([a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})?$",
        description="its name; empty means the one in the settings, else one named for the data set",
    )  # fmt: skip
    canary: int | None = Field(
        default=None, ge=1, le=50, description="percent of the calls while it is watched; empty means the policy's"
    )
    shadow: str = Field(default="", description="registered version that gets a copy of each call; empty for none")
    approver: str = Field(min_length=1, max_length=64, description="who answers for it")
    reason: str = Field(min_length=1, max_length=500, description="why; kept in the audit trail")
    requested_by: str | None = Field(default=None, description="who asks for it; empty means who trained it")


class InputsRequest(DataRequest):
    """Which data set is compared with what."""

    reference: str | None = Field(
        default=None, pattern=r"^\d{4}(Q[1-4]|-\d{2})?$",
        description="2009, 2009Q1 or 2009-03; empty means the first year with enough loans",
    )  # fmt: skip
    period: Literal["month", "quarter", "year"] = Field(default="month", description="what time is cut into")
    live: bool = Field(default=True, description="look at the bank's own decisions too, from counts")
    alarms: bool = Field(default=True, description="ring alarms; off, it is only looked at")
    report: bool = Field(default=False, description="make a deep report even when no new alarm rings")


class RouteRequest(DataRequest):
    """What shall stand beside the champion, or no longer, and why."""

    act: Literal["challenger", "shadow", "end-split", "end-shadow", "rollback"] = Field(
        description="let a version decide for a share, let one only score, end either, or go back a champion"
    )
    version: str = Field(default="", description="registered version; empty to end something or to go back")
    share: str = Field(default="", max_length=20, description="of the applicants, such as 0.1; for a challenger only")
    approver: str = Field(min_length=1, max_length=64, description="who answers for it")
    requested_by: str = Field(default="", max_length=64, description="who asks for it; empty means who trained it")
    reason: str = Field(min_length=1, max_length=500, description="why; kept in the audit trail")


class ShadowRequest(_Request):
    """Which decisions every model beside the champion scores too."""

    days: int = Field(default=30, ge=1, le=3650, description="decisions of so many days back")
    most: int = Field(default=20_000, ge=1, description="at most so many decisions a model in one run")


class LanguageRequest(_Request):
    """Which texts are summed up."""

    days: int = Field(default=30, ge=1, le=3650, description="texts of so many days back are summed up")


class OverrideRequest(_Request):
    """How decisions against the record are watched."""

    summary: bool = Field(default=True, description="leave a table of the comparisons with the run")


class ExpiryRequest(_Request):
    """How much is done in one run."""

    most: int = Field(default=10_000, ge=1, description="at most so many applications are ended, the oldest first")


class KnowledgeRequest(_Request):
    """What the new index is built from."""

    publish: bool = Field(default=False, description="put kb/ into the object store first; else what was published")


class DeliverRequest(_Request):
    """How much is delivered in one run."""

    most: int = Field(default=500, ge=1, le=100_000, description="at most so many messages are delivered")


class OutcomesRequest(_Request):
    """How the demo bank's own loans turn out."""

    seed: int = Field(default=7, ge=0, description="seed of the generated outcomes of the demo bank")


class WatchRequest(_Request):
    """What is measured."""

    data: str = Field(default="live", pattern=NAME, description="a data set, or live: the bank's own decisions")


class LabRequest(_Request):
    """Which draft of the policy is tried, and on what."""

    draft_id: str = Field(pattern=r"^pd_[a-z2-7]{26}$", description="the draft, as the policy lab lists it")
    data: str = Field(default=PORTFOLIO, pattern=NAME, description="a data set, or recorded: the decisions on record")
    product: str = Field(default="", pattern=f"^$|{NAME}", description="what loans count as where the data is silent")
    most: int = Field(default=0, ge=0, description="a sample of at most so many applications; 0 means all")


class RecordsRequest(_Request):
    """How much of the chains is walked."""

    whole: bool = Field(default=False, description="from the beginning; else only what is new since the last walk")


class FailureRequest(_Request):
    """Which run ended badly; an automation fills this in."""

    flow: str = Field(min_length=1, max_length=64, description="name of the flow")
    run_id: str = Field(min_length=1, max_length=64, description="id of the run")
    state: str = Field(default="Failed", max_length=32, description="how it ended")
    message: str = Field(default="", description="its last words")
