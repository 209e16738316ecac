"""Whether a new version that answers a few calls goes on, waits or is taken back, by stated rules from counts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from features.ranks import wilson
from training.endpoint_ports import Alarm

Act = Literal["wait", "finish", "back"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Calls of one variant, which only grow while its process runs.

    Attributes:
        calls: that it answered or failed to.
        errors: of those, how many ended in 5xx.
        buckets: upper bound in microseconds, or +Inf, to the calls of at most so long; from short to long.
    """

    calls: int = 0
    errors: int = 0
    buckets: Mapping[str, int] = field(default_factory=dict[str, int])

    def since(self, before: Counted) -> Counted:
        """What came after an earlier look; a process that started anew counts from nought."""
        if self.calls < before.calls:
            return self
        left = {bound: count - before.buckets.get(bound, 0) for bound, count in self.buckets.items()}
        return Counted(self.calls - before.calls, self.errors - before.errors, left)

    @property
    def p99_ms(self) -> float | None:
        """Time within which 99 of 100 calls were answered, within its bucket in proportion; None without calls."""
        total, low, under = max(self.buckets.values(), default=0), 0.0, 0
        if not total:
            return None
        for bound, count in self.buckets.items():
            if bound == "+Inf":
                break
            if count >= 0.99 * total:
                return (low + (float(bound) - low) * (0.99 * total - under) / (count - under)) / 1000
            low, under = float(bound), count
        return low / 1000


def counted_from(told: Mapping[str, Any]) -> Counted:
    """What the endpoint on this machine tells of a variant, under SageMaker's names of its metrics."""
    return Counted(int(told["Invocations"]), int(told["Invocation5XXErrors"]), told["ModelLatency"]["buckets"])


@dataclass(frozen=True, slots=True)
class Move:
    """What follows, and why, in a sentence."""

    act: Act
    why: str


def judge(endpoint: str, variant: str, counted: Counted, rules: Mapping[str, Any]) -> list[Alarm]:
    """Both alarms of a variant. Errors ring when they are clearly too many, the time once enough calls were timed."""
    most, slowest = float(rules["error_share_max"]), float(rules["latency_p99_ms_max"])
    share = counted.errors / counted.calls if counted.calls else None
    clearly = counted.calls > 0 and wilson(counted.errors, counted.calls)[0] > most
    p99 = counted.p99_ms
    slow = p99 is not None and counted.calls >= int(rules["canary_calls_min"]) and p99 > slowest
    return [
        Alarm(f"{endpoint}--{variant}-errors", variant, "errors", most, share, clearly),
        Alarm(f"{endpoint}--{variant}-latency", variant, "latency", slowest, p99, slow),
    ]


def next_move(alarms: Sequence[Alarm], counted: Counted, seconds: float, rules: Mapping[str, Any]) -> Move:
    """What follows from what was seen in so many seconds of a canary."""
    if rings := [alarm for alarm in alarms if alarm.rings]:
        return Move("back", "; ".join(map(_words, rings)))
    enough, least = int(rules["canary_calls_min"]), float(rules["canary_seconds"])
    met = f"{counted.calls} of {enough} calls in {seconds:.0f} s"
    if seconds >= float(rules["deploy_seconds_max"]):
        return Move("back", f"only {met}: silence is no proof of health")
    if counted.calls < enough or seconds < least:
        return Move("wait", f"{met}, {counted.errors} errors; watched for at least {least:.0f} s")
    return Move("finish", f"{met}, {counted.errors} errors, no alarm")


def _words(alarm: Alarm) -> str:
    if alarm.measure == "errors":
        return f"errors of {alarm.variant}: {alarm.found:.1%} of its calls, limit {alarm.limit:.1%}"
    return f"99 of 100 calls of {alarm.variant} take up to {alarm.found:.0f} ms, limit {alarm.limit:.0f} ms"
