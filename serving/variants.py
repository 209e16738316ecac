"""Which variant of an experiment somebody sees: an OpenFeature provider that divides people, and keeps what they saw.

Pages ask here; what decides, prices and quotes never does (a rule of the imports).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata

from lending.domain.buckets import bucket
from lending.variant_ports import Exposures
from serving.experiments import Experiment, areas_of, open_experiments, unknown

PURPOSE = b"candor variants"
"""Names the key that hides whom a variant was shown to."""

_KEPT = "kept"
_PROVIDER = "candor buckets"
_MOST_CACHED = 20_000


class Buckets(AbstractProvider):
    """An OpenFeature provider: text flags only, one for each experiment; its value is the variant's name."""

    def __init__(self, experiments: Mapping[str, Experiment]) -> None:
        super().__init__()
        self._experiments = experiments

    def get_metadata(self) -> Metadata:
        return Metadata(_PROVIDER)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The variant of the context's targeting key; one that it has kept stays."""
        one, context = self._experiments.get(flag_key), evaluation_context or EvaluationContext()
        if one is None:
            return FlagResolutionDetails(default_value, ErrorCode.FLAG_NOT_FOUND, f"no experiment {flag_key[:40]}")
        if not one.running:
            chosen = one.winner if one.state == "ended" else next(iter(one.shares))
            return FlagResolutionDetails(chosen, reason=Reason.STATIC, variant=chosen)
        if not context.targeting_key:
            return FlagResolutionDetails(default_value, ErrorCode.TARGETING_KEY_MISSING, "nobody to divide")
        kept = context.attributes.get(_KEPT)
        if isinstance(kept, str) and kept in one.shares:
            return FlagResolutionDetails(kept, reason=Reason.CACHED, variant=kept)
        drawn = bucket(context.targeting_key, flag_key, one.shares)
        return FlagResolutionDetails(drawn, reason=Reason.SPLIT, variant=drawn)

    def resolve_boolean_details(self, flag_key: str, default_value: bool, evaluation_context: Any = None) -> Any:
        return _not_text(default_value)

    def resolve_integer_details(self, flag_key: str, default_value: int, evaluation_context: Any = None) -> Any:
        return _not_text(default_value)

    def resolve_float_details(self, flag_key: str, default_value: float, evaluation_context: Any = None) -> Any:
        return _not_text(default_value)

    def resolve_object_details(
        self, flag_key: str, default_value: Sequence[Any] | Mapping[str, Any], evaluation_context: Any = None
    ) -> Any:
        return _not_text(default_value)


class Variants:
    """The experiments of one installation, and who has seen what of them."""

    def __init__(
        self, experiments: Mapping[str, Experiment], exposures: Exposures, key: bytes,
        more: Callable[[], Mapping[str, Experiment]] = dict,
    ) -> None:  # fmt: skip
        """Nothing is read yet.

        Args:
            experiments: of kb/experiments.yaml.
            exposures: who has seen what.
            key: hides whom a variant was shown to.
            more: those that staff defined, as they are now.
        """
        self._fixed, self._more = experiments, more
        self._exposures, self._key = exposures, key
        self._seen: dict[str, dict[str, str]] = {}
        self._lock = Lock()

    @property
    def experiments(self) -> Mapping[str, Experiment]:
        """All there are now."""
        return {**self._fixed, **self._more()}

    @property
    def _client(self) -> OpenFeatureClient:
        return _client(self.experiments)

    def hidden(self, subject: str) -> str:
        """The keyed hash under which a subject's exposures stand."""
        return hmac.new(self._key, subject.encode(), sha256).hexdigest()[:40]

    def of(self, subject: str, experiment: str) -> str:
        """The variant to show now. Ask when it is rendered: the first time is noted as an exposure.

        Args:
            subject: a customer's id; only a keyed hash of it is kept.
            experiment: its name.

        Raises:
            InputError: there is no such experiment.
        """
        all_of_them = self.experiments
        if experiment not in all_of_them:
            raise unknown(experiment)
        hidden = self.hidden(subject)
        seen = self._of(hidden, all_of_them)
        context = EvaluationContext(hidden, {_KEPT: seen.get(experiment, "")})
        control = next(iter(all_of_them[experiment].shares))
        found = _client(all_of_them).get_string_details(experiment, control, context)
        if found.reason == Reason.SPLIT:
            seen[experiment] = self._exposures.first(experiment, hidden, found.value)
            return seen[experiment]
        return found.value

    def at(self, subject: str, place: str) -> str | None:
        """The variant of whatever is tried out at a place of the pages; None when nothing ever was."""
        tried = [one for one in self.experiments.values() if one.place == place]
        chosen = next((one for one in tried if one.running), tried[-1] if tried else None)
        return self.of(subject, chosen.name) if chosen else None

    def seen(self, subject: str) -> Mapping[str, str]:
        """Running experiment to variant, for those that the subject has seen; nothing is noted."""
        running = {name for name, one in self.experiments.items() if one.running}
        hidden = self.hidden(subject)
        known = self._seen.get(hidden, {})
        if not running <= known.keys():  # another process may have shown the rest since
            known = self._read(hidden, running)
        return {name: known[name] for name in running if name in known}

    def _of(self, hidden: str, experiments: Collection[str]) -> dict[str, str]:
        """What a subject saw, as this process knows it; `Exposures.first` knows what others have shown since."""
        known = self._seen.get(hidden)
        return self._read(hidden, experiments) if known is None else known

    def _read(self, hidden: str, experiments: Collection[str]) -> dict[str, str]:
        """What a subject saw, as it is written down. It is never changed, so what is known already stays right."""
        found = self._exposures.of(hidden, experiments)
        with self._lock:
            if len(self._seen) >= _MOST_CACHED:
                self._seen.clear()
            known = self._seen.setdefault(hidden, {})
            known.update(found)
        return known


def open_variants(kb: Path, exposures: Exposures, key: bytes) -> Variants:
    """The experiments below a folder. Raises PolicyError when the file is wrong."""
    return Variants(open_experiments(kb, areas_of(kb)), exposures, key)


def _client(experiments: Mapping[str, Experiment]) -> OpenFeatureClient:
    """A client whose provider knows these experiments; equal experiments share one."""
    domain = f"candor {sha256(repr(experiments).encode()).hexdigest()[:16]}"
    if api.get_provider_metadata(domain).name != _PROVIDER:
        api.set_provider_and_wait(Buckets(experiments), domain)
    return api.get_client(domain)


def _not_text(default: Any) -> FlagResolutionDetails[Any]:
    return FlagResolutionDetails(default, ErrorCode.TYPE_MISMATCH, "the value of an experiment is a text")
