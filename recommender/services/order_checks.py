"""Order checks: what safety has to say of the therapies that a clinician is about to order.

Comments only: nothing is ranked, suggested or stopped here, and a clinician decides.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import orjson
from django.db import transaction

from recommender import models
from recommender.clinical.case import Case, TriedTherapy
from recommender.clinical.red_flags import RedFlagResult, stop_something, stops
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import Firing
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.therapy import Therapy
from recommender.services import audit, safety, wording
from recommender.services.shipped_safety import shipped_safety

CHECKED = "order_check.given"


@dataclass(frozen=True, slots=True)
class OrderComment:
    """What speaks against one drafted therapy, the gravest first; or, of none, the red flags."""

    therapy: Therapy | None = None
    firings: tuple[Firing, ...] = ()
    flags: tuple[RedFlagResult, ...] = ()
    failed: TriedTherapy | None = None
    id: UUID = field(default_factory=uuid4)


@transaction.atomic
def check(
    *, pathway: models.Pathway, case: Case, drafted: Iterable[str], by: str
) -> tuple[OrderComment, ...]:
    """The comments on these therapies: red flags first. They are kept, and the check audited."""
    known = catalogue(pathway)
    chosen = tuple(known[code] for code in dict.fromkeys(drafted) if code in known)
    if not chosen:
        return ()
    rules = safety.active_rules(pathway)
    comments = tuple(_comments(case, chosen, known, rules))
    models.SafetyNotice.objects.bulk_create(
        _kept(each, pathway=pathway, version=rules.version, by=by) for each in comments
    )
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
) -> Iterator[OrderComment]:
    flags = _flags(case, chosen, known, rules)
    if flags:
        yield OrderComment(flags=flags)
    # Orders of one signature act together, so each is looked at beside the others.
    together = (*case.tried, *(TriedTherapy(each.code, in_use=True) for each in chosen))
    beside_each_other = snapshot_of(replace(case, tried=together), therapies=known)
    screening = rules.screen(case, chosen, snapshot=beside_each_other)
    failed = {tried.therapy: tried for tried in case.tried if tried.failed}
    for therapy in chosen:
        firings = (
            *screening.withheld.get(therapy.code, ()),
            *screening.cautions.get(therapy.code, ()),
        )
        if firings or therapy.code in failed:
            yield OrderComment(therapy, firings, failed=failed.get(therapy.code))


def _flags(
    case: Case, chosen: tuple[Therapy, ...], known: Mapping[str, Therapy], rules: RuleSet
) -> tuple[RedFlagResult, ...]:
    """The red flags that stop one of these therapies, or that the order itself raises."""
    results = rules.panel.evaluate(snapshot_of(case, therapies=known, proposed=chosen))
    asked_about = {flag.code for flag in rules.panel.of_proposals}
    raised = tuple(each for each in results if each.fires and each.flag.code in asked_about)
    stopping = stop_something(results)
    found = dict[RedFlagResult, None]()
    for therapy in chosen:
        found |= dict.fromkeys(stops(stopping, therapy))
        if rules.panel.look_at((therapy,)):
            found |= dict.fromkeys(raised)
    return tuple(found)


def _kept(
    comment: OrderComment, *, pathway: models.Pathway, version: str, by: str
) -> models.SafetyNotice:
    """What is kept of a comment: which rules and flags spoke, never what they saw."""
    return models.SafetyNotice(
        id=comment.id,
        pathway=pathway,
        therapy=comment.therapy.code if comment.therapy else "",
        rules=[firing.rule.code for firing in comment.firings],
        red_flags=[result.flag.code for result in comment.flags],
        failed_before=comment.failed is not None,
        safety_rules_version=version,
        given_to=by,
    )


def catalogue(pathway: models.Pathway) -> dict[str, Therapy]:
    """The therapies by code, those beside the catalogue too; a pathway's own go first."""
    known = wording.therapies_of(pathway_id=pathway.pk)
    own = {code: record.to_value() for code, record in known.items()}
    return {**shipped_safety().outside, **own}


def _digest_of(chosen: Iterable[Therapy], comments: Iterable[OrderComment]) -> str:
    """SHA-256 of what was asked about and which rules and flags were named."""
    said = {
        each.therapy.code if each.therapy else "": sorted(
            [
                *(firing.rule.code for firing in each.firings),
                *(result.flag.code for result in each.flags),
            ]
        )
        for each in comments
    }
    document = {"drafted": sorted(each.code for each in chosen), "said": said}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
