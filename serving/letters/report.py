"""What a declined person is told about the credit report and the score that the decision used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lending.domain.application import Person
from serving.letters.case import Case
from serving.letters.figures import Figure, row, say, words

_SCORE = "credit_score"


def report(case: Case, person: Person) -> dict[str, object] | None:
    """The agency, the reader's rights and their score; None where nothing of an agency was used about them."""
    facts = case.core["facts"][person]
    if not _used(case.core, person) or all(facts[name] is None for name in case.words.bureau_facts):
        return None
    texts, bureau = case.words.texts["report"], case.part("bureau")
    return {
        "heading": texts["title"],
        "texts": [say(texts["used"]), say(texts["rights"], days=case.part_days("report_copy"))],
        "agency": {**bureau.words, "toll_free": texts["toll_free"], "source": bureau.source},
        "score": None if facts[_SCORE] is None else _score(case, person),
    }


def _used(core: Mapping[str, Any], person: Person) -> bool:
    """Whether a model or a rule about the score looked at this person."""
    ruled = any(f["field"] == _SCORE and f.get("person", "applicant") == person for f in core["findings"])
    return ruled or _assessed(core, person) is not None


def _assessed(core: Mapping[str, Any], person: Person) -> Mapping[str, Any] | None:
    said = core["assessment"]
    if said is None:
        return None
    both = [said, said.get("other")]
    return next((word for word in both if word and word.get("person", "applicant") == person), None)


def _score(case: Case, person: Person) -> dict[str, object]:
    texts, scribe, score = case.words.texts["report"], case.scribe, case.part("score")
    low, high = (scribe.number(int(score[end]), f"letters.score.{end}") for end in ("low", "high"))
    value = int(case.core["facts"][person][_SCORE])
    bureau = {name: words(case.part("bureau")[name], f"letters.bureau.{name}") for name in ("name", "phone")}
    rows = [
        row(texts["score_value"], scribe.number(value, f"facts.{person}.{_SCORE}")),
        row(texts["score_date"], scribe.day(case.day, "as_of")),
        {"label": texts["score_range"], "source": "letters.score", **_range(texts["score_low_high"], low, high)},
    ]
    return {
        "heading": texts["score_title"],
        "text": texts["score_used"],
        "rows": rows,
        "factors": {"heading": texts["score_factors"], "items": _factors(case, person)},
        "questions": say(texts["score_questions"], **bureau),
    }


def _range(template: str, low: Figure, high: Figure) -> dict[str, str]:
    return {"value": f"{low['value']}-{high['value']}", "text": template.format(low=low["text"], high=high["text"])}


def _factors(case: Case, person: Person) -> list[Figure]:
    """Facts of the report that raised this person's risk, the strongest first; at most what the law names."""
    said, wording, law = _assessed(case.core, person), case.policy.wording, case.part("factors")
    if said is None:
        return []
    raising = [(Decimal(value), name) for name, value in said["contributions"].items() if name in _facts(case)]
    ordered = [name for value, name in sorted(raising, key=lambda pair: (-pair[0], pair[1])) if value > 0]
    texts = {name: wording.reasons[wording.features[name]].notice for name in ordered if name in wording.features}
    first: dict[str, str] = {}
    for name, text in texts.items():
        first.setdefault(text, name)
    found = [words(text, f"assessment.contributions.{name}") for text, name in first.items()]
    most, beyond = int(law["most"]), law["beyond"]
    return found[:most] + [f for f in found[most:] if f["source"].endswith(f".{beyond}")]


def _facts(case: Case) -> set[str]:
    """The score itself is no factor of the score."""
    return {name for name in case.words.bureau_facts if name != _SCORE}
