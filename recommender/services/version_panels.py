"""A fixed panel of cases: what each version would put first for the very same people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.suggestion import SuggestionList
from recommender.services import suggestions

CASES = 40
FINDINGS_NAMED = 5
NOTHING = "no suggestion"


@dataclass(frozen=True, slots=True)
class First:
    """What comes first for a case, and what is said of its group where that may be said."""

    therapy: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class PanelCase:
    """One case of the panel, named by some of its findings, and what each version puts first."""

    findings: tuple[str, ...]
    firsts: tuple[First, ...]

    @property
    def differs(self) -> bool:
        """Whether the versions don't agree."""
        return len({first.therapy for first in self.firsts}) > 1


@dataclass(frozen=True, slots=True)
class Panel:
    """What the versions put first for each case of the panel."""

    cases: tuple[PanelCase, ...]

    @property
    def alike(self) -> tuple[PanelCase, ...]:
        """The cases on which all versions agree."""
        return tuple(case for case in self.cases if not case.differs)

    @property
    def otherwise(self) -> tuple[PanelCase, ...]:
        """The cases on which they don't."""
        return tuple(case for case in self.cases if case.differs)

    @property
    def moves(self) -> list[tuple[str, str, int]]:
        """From what to what the first place went, from the first version to the second."""
        moved = Counter(
            (case.firsts[0].therapy, case.firsts[1].therapy)
            for case in self.cases
            if len(case.firsts) > 1 and case.firsts[0].therapy != case.firsts[1].therapy
        )
        return [(was, now, times) for (was, now), times in moved.most_common()]


def panel(*, versions: Sequence[models.ModelVersion], by: str) -> Panel:
    """Ask every version about the same cases, as on a first visit; nothing is stored as care."""
    cases = _cases(versions)
    asked = [_case(each) for each in cases]
    firsts = [
        [_first(answer) for answer in suggestions.try_all(version=version, cases=asked, by=by)]
        for version in versions
    ]
    found = [
        PanelCase(_named(each), tuple(one[place] for one in firsts))
        for place, each in enumerate(cases)
    ]
    return Panel(tuple(found))


def _cases(versions: Sequence[models.ModelVersion]) -> list[models.CaseRecord]:
    """The same ones each time; pseudonyms are keyed digests, so their order is chance."""
    learned_from = models.DataSet.objects.filter(
        training_runs__model_version__in=versions, status=models.DataSet.Status.PUBLISHED
    )
    return list(
        models.CaseRecord.objects.filter(dataset__in=learned_from.values("pk"))
        .prefetch_related("findings__concept")
        .order_by("pseudonym", "pk")[:CASES]
    )


def _case(record: models.CaseRecord) -> Case:
    return Case(
        findings=tuple(
            Finding(
                FindingKind(one.concept.kind),
                one.concept.code,
                one.number if one.category is None else one.category,
            )
            for one in record.findings.all()
        )
    )


def _named(record: models.CaseRecord) -> tuple[str, ...]:
    present = [one for one in record.findings.all() if one.number != 0]
    return tuple(_words(one) for one in present[:FINDINGS_NAMED])


def _words(finding: models.FindingRecord) -> str:
    value = finding.category or ("" if finding.number is None else f"{finding.number:g}")
    return f"{finding.concept.display} {value}".strip()


def _first(answer: SuggestionList) -> First:
    if not answer.suggestions:
        return First(NOTHING, None)
    best = answer.suggestions[0]
    return First(best.therapy.name, best.group.probability)
