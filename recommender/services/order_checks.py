"""Order checks: what safety has to say of the therapies that a clinician is about to order.

Comments only: nothing is ranked, suggested or stopped here, and a clinician decides.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson
from django.db.models import F, Q

from recommender import models
from recommender.clinical.case import Case, TriedTherapy
from recommender.clinical.red_flags import RedFlagResult, stop_something, stops
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import Firing
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.therapy import Therapy
from recommender.services import audit, safety

CHECKED = "order_check.given"


@dataclass(frozen=True, slots=True)
class OrderComment:
    """What speaks against one drafted therapy, the gravest first."""

    therapy: Therapy
    firings: tuple[Firing, ...]
    flags: tuple[RedFlagResult, ...]
    failed: TriedTherapy | None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.firings or self.flags or self.failed)


def check(
    *, pathway: models.Pathway, case: Case, drafted: Iterable[str], by: str
) -> tuple[OrderComment, ...]:
    """The comments on these therapies, in their order; what was checked is audited."""
    known = catalogue(pathway)
    chosen = tuple(known[code] for code in dict.fromkeys(drafted) if code in known)
    if not chosen:
        return ()
    rules = safety.active_rules(pathway)
    comments = tuple(each for each in _comments(case, chosen, known, rules) if each.says_something)
    audit.record(
        action=CHECKED,
        target=pathway.slug,
        version=rules.version,
        digest=_digest_of(chosen, comments),
        by=by,
    )
    return comments


def _comments(
    case: Case, chosen: tuple[Therapy, ...], known: Mapping[str, Therapy], rules: RuleSet
) -> Iterable[OrderComment]:
    # Orders of one signature act together, so each is looked at beside the others.
    together = (*case.tried, *(TriedTherapy(each.code, in_use=True) for each in chosen))
    beside_each_other = snapshot_of(replace(case, tried=together), therapies=known)
    screening = rules.screen(case, chosen, snapshot=beside_each_other)
    flags = rules.panel.evaluate(snapshot_of(case, therapies=known, proposed=chosen))
    asked_about = {flag.code for flag in rules.panel.of_proposals}
    raised = tuple(each for each in flags if each.fires and each.flag.code in asked_about)
    stopping = stop_something(flags)
    failed = {tried.therapy: tried for tried in case.tried if tried.failed}
    for therapy in chosen:
        of_it = dict.fromkeys(stops(stopping, therapy))
        if rules.panel.look_at((therapy,)):
            of_it |= dict.fromkeys(raised)
        yield OrderComment(
            therapy=therapy,
            firings=(
                *screening.withheld.get(therapy.code, ()),
                *screening.cautions.get(therapy.code, ()),
            ),
            flags=tuple(of_it),
            failed=failed.get(therapy.code),
        )


def catalogue(pathway: models.Pathway) -> dict[str, Therapy]:
    """The therapies by code; a pathway's own go before the shipped ones."""
    found = models.TherapyRecord.objects.filter(Q(pathway=None) | Q(pathway=pathway))
    ordered = found.order_by(F("pathway_id").asc(nulls_first=True))
    return {record.code: record.to_value() for record in ordered}


def _digest_of(chosen: Iterable[Therapy], comments: Iterable[OrderComment]) -> str:
    """SHA-256 of what was asked about and which rules and flags were named."""
    said = {
        each.therapy.code: sorted(
            [
                *(firing.rule.code for firing in each.firings),
                *(result.flag.code for result in each.flags),
            ]
        )
        for each in comments
    }
    document = {"drafted": sorted(each.code for each in chosen), "said": said}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
