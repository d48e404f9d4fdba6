"""Red flags as an answer spells them: what is up, and what nobody could assess."""

from collections.abc import Iterable

from recommender.clinical.judgement import Input
from recommender.clinical.red_flags.evaluation import RedFlagResult, fired, not_assessed

Document = dict[str, object]


def fired_as_given(results: Iterable[RedFlagResult], *, protocol: str = "") -> list[Document]:
    """The flags that are up, the most urgent first; `protocol` links to the site's own."""
    return [_fired(result, protocol) for result in fired(results)]


def not_assessed_as_given(
    results: Iterable[RedFlagResult], *, explained: bool = True
) -> list[Document]:
    """The flags not assessed; explained, with what is missing and what to ask a clinician.

    Most cases leave most flags open, so the explanation would be the larger part of an answer.
    """
    silent = not_assessed(results)
    if not explained:
        return [{"code": result.flag.code} for result in silent]
    return [
        {
            "code": result.flag.code,
            "urgency": str(result.flag.urgency),
            "missing": [_named(each) for each in result.missing],
            "questions": _questions(result),
        }
        for result in silent
    ]


def _fired(result: RedFlagResult, protocol: str) -> Document:
    flag = result.flag
    return {
        "code": flag.code,
        "message": result.message,
        "action": str(flag.strongest_effect),
        "because": [_named(each) for each in result.because],
        "source": flag.source,
        "verification": str(flag.verification),
        "urgency": str(flag.urgency),
        "effects": [str(effect) for effect in flag.effects],
        "acknowledge": flag.acknowledge,
        "notify": list(flag.notify),
        "protocol": protocol or None,
    }


def _questions(result: RedFlagResult) -> list[Document]:
    asked = [each.code for each in result.missing if each.kind == "clinician"]
    return [{"code": code, "question": result.flag.questions[code]} for code in asked]


def _named(each: Input) -> Document:
    return {"kind": str(each.kind), "code": each.code}
