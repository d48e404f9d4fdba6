"""Cards: a suggestion list in the words and limits of CDS Hooks 2.0.1.

Nothing is pre-selected and nothing is done by itself: every action is a draft proposal.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from recommender import models
from recommender.clinical.coding import TherapyKind
from recommender.clinical.record_gaps import NO_GAPS, Gaps
from recommender.clinical.red_flags import Urgency
from recommender.clinical.review import REVIEW_REASONS
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.services.wording import Words

Card = dict[str, Any]

CRITICAL, WARNING, INFO = "critical", "warning", "info"
PRESSING = frozenset({Urgency.EMERGENCY, Urgency.URGENT_SAME_DAY, Urgency.SOON})
LONGEST_SUMMARY = 139
MOST_SUGGESTIONS = 5
LABEL = "Treatment recommender"
TOPIC = {"system": "https://treatment-recommender.invalid/topics", "code": "therapy-suggestions"}

REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
# Codes of that system (HL7 terminology), each as the reason of ours that it stands for.
OVERRIDE_REASONS: Mapping[str, str] = {
    "patient-refuses": "declined",
    "patient-contraindication": "contraindicated",
    "prefers-alternative": "prefers-alternative",
    "service-not-available": "not-available",
    "too-costly-uncovered": "cost",
    "action-unsuccessful": "tried-before",
    "recipient-disagrees-evidence": "evidence-doubted",
}

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~])")


@dataclass(frozen=True)
class About:
    """What cards say beyond the list: whom a draft is for, words, addresses, the data's date.

    `launch` is empty for an EHR that clinicians don't launch from.
    """

    patient: str
    words: Words
    review: str
    home: str
    as_of: date | None
    gaps: Gaps = NO_GAPS
    launch: str = ""


def in_words(gaps: Gaps) -> str:
    """What an answer has to do without, in a few sentences; empty where nothing is missing."""
    said = []
    if gaps.without:
        said.append(f"**Not known here** (not given, or not readable): {gaps.not_known}.")
    if gaps.cut:
        said.append(f"**Not read to the end**: {gaps.not_whole}.")
    if gaps.others:
        said.append(f"**Of another patient**, sent by the EHR and left out: {gaps.others}.")
    if gaps.by_other_id:
        said.append(
            "**Under another id**: what the EHR sent names one patient, but by another id than the "
            "open chart's. Check that it is this person's."
        )
    return " ".join(said)


def dated(as_of: date | None) -> str:
    """How old the data are, for a chart changes while its card is read; empty where none says."""
    return f"Newest data used: {as_of.isoformat()}" if as_of else ""


def escaped(text: str) -> str:
    """Text from data, so that neither its HTML nor its Markdown does anything."""
    return " ".join(_MARKS.sub(r"\\\1", html.escape(text, quote=False)).split())


def red_flag_card_id(list_id: UUID) -> UUID:
    """The id of a list's red flag card; that of its ranking is the list's own."""
    return uuid5(NAMESPACE_URL, f"red-flags:{list_id}")


def cards_of(answer: Mapping[str, Any], about: About) -> list[Card]:
    """Red flags first, then the ranking or why there is none."""
    return [*_red_flags(answer, about), _ranking(answer, about)]


def _red_flags(answer: Mapping[str, Any], about: About) -> Iterator[Card]:
    flags = answer["red_flags"]
    if not flags:
        return
    lines = [f"- {escaped(flag['message'])}" for flag in flags]
    protocols = {flag["protocol"] for flag in flags if flag.get("protocol")}
    made = card(
        uuid=str(red_flag_card_id(UUID(answer["id"]))),
        indicator=CRITICAL if any(map(_presses, flags)) else WARNING,
        summary=f"Red flag: act first ({len(flags)})" if len(flags) > 1 else "Red flag: act first",
        detail="\n\n".join(filter(None, ("\n".join(lines), dated(about.as_of)))),
        home=about.home,
    )
    made["links"] = [
        _review_link(about, answer["id"]),
        *({"label": "Local protocol", "url": url, "type": "absolute"} for url in sorted(protocols)),
    ]
    yield made


def _presses(flag: Mapping[str, Any]) -> bool:
    """Whether somebody has to act; the others only ask to look again."""
    return flag["urgency"] in PRESSING


def _ranking(answer: Mapping[str, Any], about: About) -> Card:
    suggestions = answer["suggestions"][:MOST_SUGGESTIONS]
    cautioned = answer["withheld"] or any(each["cautions"] for each in suggestions)
    made = card(
        uuid=answer["id"],
        indicator=WARNING if cautioned or about.gaps.is_doubtful else INFO,
        summary=_summary(answer, suggestions),
        detail="\n\n".join(_details(answer, suggestions, about)),
        home=about.home,
    )
    made["links"] = [_review_link(about, answer["id"])]
    if suggestions:
        made["suggestions"] = [_suggestion(each, about) for each in suggestions]
        made["selectionBehavior"] = "at-most-one"
        made["overrideReasons"] = override_reasons()
    return made


def override_reasons() -> list[dict[str, str]]:
    """The reasons that a clinician may pick, as the published code system has them."""
    return [
        {"system": REASON_SYSTEM, "code": code, "display": REVIEW_REASONS[own]}
        for code, own in OVERRIDE_REASONS.items()
    ]


def _review_link(about: About, list_id: str) -> dict[str, str]:
    """By a SMART launch where the EHR can; the list's id says nothing to anybody else."""
    label = "Open the review page"
    if about.launch:
        return {"label": label, "url": about.launch, "type": "smart", "appContext": list_id}
    return {"label": label, "url": about.review, "type": "absolute"}


def card(*, uuid: str, indicator: str, summary: str, detail: str, home: str) -> Card:
    """What every card has."""
    return {
        "uuid": uuid,
        "summary": summary[:LONGEST_SUMMARY],
        "detail": detail,
        "indicator": indicator,
        "source": {"label": LABEL, "url": home, "topic": TOPIC},
    }


def _summary(answer: Mapping[str, Any], suggestions: Sequence[Mapping[str, Any]]) -> str:
    if not suggestions:
        return "No suggestion: see why"
    count = len(suggestions)
    start = "SIMULATED DATA. " if "SIMULATED DATA" in answer["notice"] else ""
    return f"{start}{count} {'therapy' if count == 1 else 'therapies'} to review"


def _details(
    answer: Mapping[str, Any], suggestions: Sequence[Mapping[str, Any]], about: About
) -> Iterator[str]:
    yield f"_{escaped(answer['notice'])}_"
    if about.as_of is not None:
        yield dated(about.as_of)
    if about.gaps:
        yield in_words(about.gaps)
    if not suggestions and answer.get("reason"):
        yield escaped(answer["reason"])
    for each in suggestions:
        yield _line(each, about)
    withheld = [
        f"- {escaped(each['therapy']['name'])}: {escaped(each['reason'])}"
        for each in answer["withheld"]
    ]
    if withheld:
        yield "\n".join(["**Withheld for safety**", "", *withheld])
    open_flags = [
        escaped(each["code"].replace("_", " ")) for each in answer["red_flags_not_assessed"]
    ]
    if open_flags:
        yield f"Red flags not assessed, since it isn't recorded: {', '.join(open_flags)}"


def _line(suggestion: Mapping[str, Any], about: About) -> str:
    parts = [f"**{suggestion['rank']}\\. {escaped(suggestion['therapy']['name'])}**"]
    if suggestion["tied_with"]:
        parts.append("tied with others")
    support = suggestion["support"]
    if support and support["responded"] is None:
        parts.append(f"{support['cases']} similar cases had it")
    elif support:
        responded = round(support["responded"] * support["cases"])
        parts.append(f"of {support['cases']} similar cases who had it, {responded} responded")
    for word, name in (("for", "because"), ("against", "against")):
        reasons = [_name_of(reason, about) for reason in suggestion[name]]
        if reasons:
            parts.append(f"{word}: {', '.join(reasons)}")
    parts += [f"caution: {escaped(each['reason'])}" for each in suggestion["cautions"]]
    return "; ".join(parts)


def _name_of(reason: Mapping[str, Any], about: About) -> str:
    named = [reason, reason["together_with"]] if "together_with" in reason else [reason]
    records = [about.words.concepts.get((each["kind"], each["code"])) for each in named]
    displays = [
        (record and record.display) or each["code"]
        for each, record in zip(named, records, strict=True)
    ]
    return escaped(" together with ".join(displays))


def _suggestion(suggestion: Mapping[str, Any], about: About) -> dict[str, Any]:
    therapy = suggestion["therapy"]
    record = about.words.therapies.get(therapy["code"])
    label = f"Propose {therapy['name']}"
    return {
        "uuid": str(UUID(suggestion["id"])),
        "label": label,
        "actions": [
            {
                "type": "create",
                "description": f"{label} as a draft for the clinician to complete",
                "resource": _draft(therapy, record, about.patient),
            }
        ],
    }


def _draft(
    therapy: Mapping[str, str], record: models.TherapyRecord | None, patient: str
) -> dict[str, Any]:
    concept: dict[str, Any] = {"text": therapy["name"]}
    coding = _coding(record)
    if coding:
        concept["coding"] = [coding]
    is_drug = therapy["kind"] == TherapyKind.MEDICATION
    return {
        "resourceType": "MedicationRequest" if is_drug else "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationCodeableConcept" if is_drug else "code": concept,
    }


def _coding(record: models.TherapyRecord | None) -> dict[str, str] | None:
    for system in ("rxnorm", "snomed_ct"):
        code = record.codes.get(system) if record else None
        if code:
            return {"system": SYSTEMS[system], "code": code}
    return None
