"""The 31 source attributes of a predictive decision support intervention, filled from a version.

As listed in 45 CFR 170.315(b)(11)(iv)(B)(1) to (9). What this service can't know is asked of
whoever deploys it, version by version, and reads "not known" until they have said it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import audit

REGULATION = "45 CFR 170.315(b)(11)(iv)(B)"
NOT_KNOWN = "not known"
LONGEST = 2_000

Fill = Callable[[models.ModelVersion], str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: where the regulation asks for it, in our words, and what fills it."""

    paragraph: str
    about: str
    fill: Fill


def source_attributes(version: models.ModelVersion) -> list[dict[str, str]]:
    """All of them, in the regulation's order; `told_by` says who filled in what isn't ours."""
    return [_filled(one, version) for one in ATTRIBUTES]


def asked(version: models.ModelVersion) -> frozenset[str]:
    """The paragraphs that the system can't fill for this version, so that people are asked."""
    return frozenset(one.paragraph for one in ATTRIBUTES if one.fill(version) == NOT_KNOWN)


@transaction.atomic
def tell(*, version: models.ModelVersion, told: Mapping[str, str], by: str) -> models.ModelVersion:
    """Keep what somebody says of attributes that the system can't know; empty takes it back."""
    row = models.ModelVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if unasked := sorted(set(told) - asked(row)):
        raise BadInput(f"The system fills these itself: {', '.join(unasked)}.", field=unasked[0])
    kept, at = dict(row.told), timezone.now().isoformat()
    for paragraph, text in told.items():
        said = text.strip()
        if len(said) > LONGEST:
            raise BadInput(f"{paragraph}: say it in {LONGEST:,} characters.", field=paragraph)
        if said == kept.get(paragraph, {}).get("text", ""):
            continue
        kept.pop(paragraph, None)
        if said:
            kept[paragraph] = {"text": said, "by": by, "at": at}
    if kept != row.told:
        row.told = kept
        row.save(update_fields=["told"])
        audit.record(
            action="model_version.attributes_told", target=str(row.pk), by=by, version=str(row)
        )
    return row


def told_before(version: models.ModelVersion) -> dict[str, str]:
    """What was told of the newest earlier version, to be said again of this one if it holds."""
    earlier = (
        models.ModelVersion.objects.filter(pathway=version.pathway_id, number__lt=version.number)
        .exclude(told={})
        .order_by("-number")
        .values_list("told", flat=True)
        .first()
    )
    return {paragraph: one["text"] for paragraph, one in (earlier or {}).items()}


def _filled(one: Attribute, version: models.ModelVersion) -> dict[str, str]:
    ours = one.fill(version)
    told = version.told.get(one.paragraph, {}) if ours == NOT_KNOWN else {}
    return {
        "paragraph": one.paragraph,
        "about": one.about,
        "value": told.get("text", ours),
        "told_by": f"{told['by']}, {told['at'][:10]}" if told else "",
    }


def _always(text: str) -> Fill:
    return lambda _: text


def _unknown(_: models.ModelVersion) -> str:
    return NOT_KNOWN


def _population(version: models.ModelVersion) -> str:
    return f"People in care on the pathway {version.pathway.title}, as its data sets describe them."


def _limits(version: models.ModelVersion) -> str:
    parts = ["Learned from what was tried in practice: unrecorded reasons are not adjusted for."]
    if version.simulated:
        parts.append("Learned from simulated cases: not for use in anyone's care.")
    parts += [line["message"] for line in version.gates if not line["passed"]]
    return " ".join(parts)


def _trained_on(version: models.ModelVersion) -> str:
    named = ", ".join(str(one) for one in version.training_run.datasets.order_by("name", "version"))
    return (
        f"{named or NOT_KNOWN}. Attempts without a known response are left out, and findings of "
        "fewer than five cases; whom the sources left out is theirs to say."
    )


def _backgrounds(version: models.ModelVersion) -> str:
    found = sorted({one["name"].split(" = ")[0] for one in _subgroups(version)})
    return f"Recorded as background findings and used where given: {', '.join(found) or 'none'}."


def _represented(version: models.ModelVersion) -> str:
    shown = [f"{one['name']}: {one['cases']:,} cases" for one in _subgroups(version)]
    return "; ".join(shown) + "." if shown else NOT_KNOWN


def _bias(version: models.ModelVersion) -> str:
    lines = [one for one in version.gates if one["code"] == "no-subgroup-clearly-worse"]
    return " ".join(
        ["Rare records are shrunken; a gate compares every subgroup with the incumbent."]
        + [line["message"] for line in lines]
    )


def _elsewhere(version: models.ModelVersion) -> str:
    study = version.evaluation.get("study") or {}
    found = [name for name, key in (("sites", "sites"), ("years", "years")) if study.get(key)]
    if not found:
        return NOT_KNOWN
    return f"Other {' and later '.join(found)} of the same data sets, held out of training."


def _how_elsewhere(version: models.ModelVersion) -> str:
    study = version.evaluation.get("study") or {}
    if not (study.get("sites") or study.get("years")):
        return NOT_KNOWN
    return "The recipe was trained without them and judged on them (docs/evaluation.md)."


def _validity(version: models.ModelVersion) -> str:
    rows = version.evaluation.get("recommenders") or []
    if not rows:
        return NOT_KNOWN
    own, calibration = rows[0], version.evaluation.get("calibration")
    told = f"Cross-fitted: AUC {_told(own['auc'])}, among like cases "
    told += f"{_told(own['auc_within_strata'])}, log-loss {_told(own['log_loss'])}"
    if calibration:
        told += f", probabilities off by {calibration['error']:.3f} on average"
    return f"{told} (90 % intervals)."


def _fairness(version: models.ModelVersion) -> str:
    found = [
        f"{one['name']}: {_told(one['gain'], 4)}"
        for one in _subgroups(version)
        if one["gain"]["value"] is not None
    ]
    return f"Log-loss saved against the incumbent: {'; '.join(found)}." if found else NOT_KNOWN


def _validity_elsewhere(version: models.ModelVersion) -> str:
    study = version.evaluation.get("study") or {}
    found = [
        f"{name}: AUC {_told(study[key]['auc'])}"
        for name, key in (("other sites", "sites"), ("later years", "years"))
        if study.get(key)
    ]
    return f"{'; '.join(found)}." if found else NOT_KNOWN


def _subgroups(version: models.ModelVersion) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = version.evaluation.get("subgroups") or []
    return found


def _told(given: dict[str, Any], digits: int = 3) -> str:
    if given["value"] is None:
        return NOT_KNOWN
    value, lower, upper = (f"{given[one]:.{digits}f}" for one in ("value", "lower", "upper"))
    return f"{value} ({lower} to {upper})"


ATTRIBUTES = (
    Attribute("(1)(i)", "developer: name and contact", _unknown),
    Attribute("(1)(ii)", "who funded the technical implementation", _unknown),
    Attribute(
        "(1)(iii)",
        "what it puts out",
        _always(
            "A ranked list of therapies with what can be counted of similar cases who had them, "
            "reasons for and against, ties, cautions, and what safety rules withheld."
        ),
    ),
    Attribute("(1)(iv)", "kind of output", _always("Recommendation.")),
    Attribute(
        "(2)(i)",
        "intended use",
        _always("Puts therapies forward for a clinician to review. A clinician decides."),
    ),
    Attribute("(2)(ii)", "intended patient population", _population),
    Attribute("(2)(iii)", "intended users", _always("Clinicians of mental-health care.")),
    Attribute("(2)(iv)", "role in decisions", _always("Informs; it replaces no judgement.")),
    Attribute(
        "(3)(i)",
        "where not to apply it",
        _always(
            "In emergencies; for a case unlike those learned from; as an order or a prescription; "
            "as a forecast for one person."
        ),
    ),
    Attribute("(3)(ii)", "known risks and limitations", _limits),
    Attribute("(4)(i)", "inclusion and exclusion in the training data", _trained_on),
    Attribute("(4)(ii)", "demographic and social variables used", _backgrounds),
    Attribute("(4)(iii)", "demographic representativeness", _represented),
    Attribute("(4)(iv)", "relevance of the training data to where it is used", _unknown),
    Attribute(
        "(5)(i)",
        "approach to fairness",
        _always(
            "Forecasts are compared with the incumbent's in every recorded background of ten "
            "cases or more; a version that is clearly worse for 100 or more may not go live."
        ),
    ),
    Attribute("(5)(ii)", "how bias is managed", _bias),
    Attribute("(6)(i)", "external data or setting", _elsewhere),
    Attribute("(6)(ii)", "who did the external testing", _unknown),
    Attribute("(6)(iii)", "representativeness of the external data", _unknown),
    Attribute("(6)(iv)", "how it was validated externally", _how_elsewhere),
    Attribute("(7)(i)", "validity in data of the same source", _validity),
    Attribute("(7)(ii)", "fairness in data of the same source", _fairness),
    Attribute("(7)(iii)", "validity in external data", _validity_elsewhere),
    Attribute("(7)(iv)", "fairness in external data", _unknown),
    Attribute("(7)(v)", "evaluations of its use on outcomes", _unknown),
    Attribute("(8)(i)", "how and how often validity is monitored", _unknown),
    Attribute("(8)(ii)", "validity in local data", _unknown),
    Attribute("(8)(iii)", "how and how often fairness is monitored", _unknown),
    Attribute("(8)(iv)", "fairness in local data", _unknown),
    Attribute("(9)(i)", "how and how often it is updated", _unknown),
    Attribute("(9)(ii)", "how often performance is corrected when risks are found", _unknown),
)
