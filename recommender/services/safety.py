"""The safety rules that hold now, for every door that suggests something."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from recommender import models
from recommender.clinical.condition_rules import ConditionRule, UnreadableRule
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import SafetyRule
from recommender.exceptions import BadInput, NoSafetyRules
from recommender.services.shipped_safety import shipped_safety

_VERSION_LENGTH = 16


@dataclass(frozen=True, slots=True)
class StampedRules:
    """A pathway's rules as this process knows them, and the stamp they were read under."""

    stamp: UUID
    rules: RuleSet


_remembered: dict[str, StampedRules] = {}


def active_rules(pathway: models.Pathway | str) -> RuleSet:
    """The shipped rules and the pathway's own, as they are in the database at this moment.

    The rules stay in memory; one small query asks whether any rule changed since. Without a
    single shipped rule there's no safety layer, and so no list: that raises.
    """
    slug = pathway if isinstance(pathway, str) else pathway.slug
    return stamped_rules(slug).rules


def stamped_rules(slug: str) -> StampedRules:
    """The rules as they are at this moment, with the stamp that says so."""
    stamp = rules_stamp()
    known = _remembered.get(slug)
    if known is None or known.stamp != stamp:
        # The stamp was read before the rules: a change in between is seen by the next caller.
        known = StampedRules(stamp, _read(slug))
        _remembered[slug] = known
    return known


def remembered_rules(slug: str) -> StampedRules:
    """The rules without asking whether any changed: for a caller whose write checks the stamp."""
    return _remembered.get(slug) or stamped_rules(slug)


def rules_stamp() -> UUID:
    """What changes whenever a change to any rule is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT safety_rules_stamp()")
        (stamp,) = cursor.fetchone()
    return UUID(str(stamp))


def _read(slug: str) -> RuleSet:
    of_pathway = Q(pathway=None) | Q(pathway__slug=slug)
    records = models.SafetyRuleRecord.objects.filter(of_pathway, active=True)
    ordered = list(records.order_by("pathway_id", "code"))
    if all(record.pathway_id is not None for record in ordered):
        raise NoSafetyRules(
            "The shipped safety rules aren't loaded, so no list may be given. "
            "Run `manage.py load_catalogue`."
        )
    rules, conditional, unreadable = _values(ordered)
    shipped = shipped_safety()
    halted = models.SuggestionStop.objects.filter(
        Q(pathway=None) | Q(pathway__slug=slug), lifted_at=None
    )
    stops = tuple(record.to_value() for record in halted.order_by("pk"))
    return RuleSet(
        version=_version(
            shipped.digest,
            *map(asdict, rules),
            *map(asdict, stops),
            *map(asdict, unreadable),
            *(rule.as_digested() for rule in conditional),
        ),
        rules=rules,
        combinations=shipped.combinations,
        red_flags=shipped.red_flags,
        protocol=settings.LOCAL_PROTOCOL_URL,
        stops=stops,
        conditional=(*shipped.conditional, *conditional),
        unreadable=unreadable,
    )


def _values(
    records: Iterable[models.SafetyRuleRecord],
) -> tuple[tuple[SafetyRule, ...], tuple[ConditionRule, ...], tuple[UnreadableRule, ...]]:
    """The rules by what they look at; one that can't be read keeps back what it speaks of."""
    rules: list[SafetyRule] = []
    conditional: list[ConditionRule] = []
    unreadable: list[UnreadableRule] = []
    for record in records:
        try:
            value = record.to_value()
        except (BadInput, ValueError, TypeError):
            unreadable.append(UnreadableRule(record.code, record.therapy, record.therapy_class))
        else:
            rules.append(value) if isinstance(value, SafetyRule) else conditional.append(value)
    return tuple(rules), tuple(conditional), tuple(unreadable)


def _version(*said: object) -> str:
    """A digest of what the rules say: equal versions mean equal rules, in every worker."""
    content = json.dumps(said, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:_VERSION_LENGTH]
