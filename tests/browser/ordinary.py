"""A list of ordinary length, made up by hand: for pictures, and for what every page owes."""

from recommender import models
from tests.browser.lists import a_list

UNVERIFIED = "grade: general knowledge, unverified; no table of trials was read for it"
# Code, name, kind, class, evidence grade.
THERAPIES = (
    ("sertraline", "Sertraline", "medication", "ssri", "A"),
    ("escitalopram", "Escitalopram", "medication", "ssri", "A"),
    ("fluoxetine", "Fluoxetine", "medication", "ssri", "A"),
    ("cbt-depression", "CBT for depression", "psychotherapy", "cbt", "A"),
    ("behavioural-activation", "Behavioural activation", "psychotherapy", "behavioural", "B"),
    ("exercise-programme", "Structured exercise programme", "lifestyle", "lifestyle", "B"),
    ("bright-light", "Bright light therapy", "neuromodulation", "neuromodulation", "C"),
    ("interpersonal", "Interpersonal psychotherapy", "psychotherapy", "interpersonal", "A"),
    ("phenelzine", "Phenelzine", "medication", "maoi", "B"),
)
# Kind, code, name, value type, value.
FINDINGS = (
    ("symptom", "low-mood", "Low mood", "severity", 3.0),
    ("symptom", "anhedonia", "Loss of interest or pleasure", "severity", 2.0),
    ("symptom", "early-waking", "Early-morning waking", "severity", 3.0),
    ("symptom", "poor-concentration", "Poor concentration", "severity", 2.0),
    ("symptom", "hypersomnia", "Sleeping too much", "severity", 0.0),
    ("symptom", "panic", "Panic attacks", "severity", 0.0),
    ("trigger", "bereavement", "Bereavement in the last year", "flag", 1.0),
    ("background", "recurrent", "Recurrent depression", "flag", 1.0),
    ("background", "obesity", "Obesity", "flag", 1.0),
)
# Code, estimate, lower, upper, cases, share who responded, tied with; what speaks for and against.
SUGGESTED = (
    ("cbt-depression", 0.61, 0.53, 0.69, 143, 0.62, ("behavioural-activation",)),
    ("behavioural-activation", 0.58, 0.49, 0.67, 88, 0.59, ("cbt-depression",)),
    ("exercise-programme", 0.52, 0.41, 0.62, 41, 0.51, ()),
    ("bright-light", 0.47, 0.30, 0.63, 14, 0.5, ()),
    ("escitalopram", 0.44, 0.37, 0.52, 210, 0.43, ()),
)
BASELINE = 0.48
FOR = {
    "cbt-depression": ("poor-concentration", "bereavement"),
    "behavioural-activation": ("anhedonia",),
    "exercise-programme": ("obesity", "low-mood"),
    "bright-light": ("early-waking",),
}
AGAINST = {
    "cbt-depression": ("recurrent",),
    "bright-light": ("bereavement",),
    "escitalopram": ("obesity", "recurrent"),
}
KINDS = {code: kind for kind, code, *_ in FINDINGS}
CAUTION = {
    "severity": "caution",
    "rule": "made-up-caution",
    "reason": "Made up for the picture: dose cap in older adults.",
    "source": "made up for a picture",
    "verification": "unverified",
    "because": [{"kind": "background", "code": "recurrent"}],
}


def an_ordinary_list(slug: str) -> models.SuggestionList:
    """A list of five with ties, numbers, cautions, evidence, and two therapies kept back."""
    _words()
    found = a_list(slug)
    found.case = {
        "findings": [
            {"kind": kind, "code": code, "value": value} for kind, code, _, _, value in FINDINGS
        ],
        "responses": [
            {"therapy": "sertraline", "response": 0.0, "stopped": "no-effect"},
            {"therapy": "fluoxetine", "response": None, "stopped": "unknown"},
        ],
    }
    found.answer |= {
        "suggestions": [_suggestion(rank, *each) for rank, each in enumerate(SUGGESTED, start=1)],
        "withheld": [
            {
                "therapy": _therapy("phenelzine"),
                "rule": "made-up-rule",
                "reason": "Made up for the picture: not within two weeks of an SSRI.",
                "source": "made up for a picture",
                "verification": "unverified",
                "because": [{"kind": "therapy", "code": "fluoxetine"}],
                "further": [],
                "floor": True,
            }
        ],
        "already_tried": [
            {
                "therapy": _therapy("sertraline"),
                "reason": "It was tried and stopped for lack of effect.",
            }
        ],
    }
    found.save()
    return found


def _words() -> None:
    for kind, code, name, value_type, _ in FINDINGS:
        models.ConceptRecord.objects.update_or_create(
            kind=kind, code=code, defaults={"display": name, "value_type": value_type}
        )
    for code, name, kind, therapy_class, grade in THERAPIES:
        models.TherapyRecord.objects.update_or_create(
            code=code,
            pathway=None,
            defaults={
                "name": name,
                "kind": kind,
                "therapy_class": therapy_class,
                "evidence_grade": grade,
                "evidence_source": UNVERIFIED,
                "offered": code != "bright-light",
            },
        )


def _therapy(code: str) -> dict[str, str]:
    _, name, kind, therapy_class, _ = next(each for each in THERAPIES if each[0] == code)
    return {"code": code, "name": name, "kind": kind, "class": therapy_class}


def _suggestion(rank, code, probability, lower, upper, cases, responded, tied):
    return {
        "id": f"00000000-0000-0000-0000-00000000000{rank}",
        "rank": rank,
        "therapy": _therapy(code),
        "probability": probability,
        "interval": {"level": 0.9, "lower": lower, "upper": upper},
        "tied_with": list(tied),
        "baseline": BASELINE,
        "support": {"cases": cases, "responded": responded},
        "because": _reasons(FOR.get(code, ()), 0.2),
        "against": _reasons(AGAINST.get(code, ()), -0.15),
        "cautions": [CAUTION] if code == "escitalopram" else [],
    }


def _reasons(codes, contribution):
    return [
        {"kind": KINDS[code], "code": code, "contribution": contribution / place}
        for place, code in enumerate(codes, start=1)
    ]
