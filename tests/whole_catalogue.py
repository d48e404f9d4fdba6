"""A version that knows every therapy of the catalogue, and cases that may say anything of it."""

from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings
from hypothesis import strategies as st

from api.authentication import forget_tokens
from recommender import models
from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import Stopped
from recommender.clinical.condition_rules import ConditionRule, read_rule_condition
from recommender.clinical.conditions import Subject
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.safety import Severity
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.therapy import Therapy
from recommender.formats.catalogue_folder import read_catalogue
from recommender.ml import training
from recommender.ml.interactions import Attempts, Findings, TrainingData
from recommender.ml.ranking import Ranking, rank
from recommender.ml.recipes import RECIPES
from recommender.ml.serving import Scored, ServingModel
from recommender.services import catalogue, names, registry, safety
from recommender.services.shipped_safety import shipped_safety
from tests import learned

SHIPPED = shipped_safety()
CATALOGUE = read_catalogue(Path(__file__).parent.parent / "fixtures")
THERAPIES = tuple(entry.therapy for entry in CATALOGUE.therapies)
CONCEPTS = tuple(entry.concept for entry in CATALOGUE.concepts)
KNOWN = {therapy.code: therapy for therapy in THERAPIES}
CLASSES = sorted({name for each in THERAPIES for name in each.classes if "targets" not in name})
ATTEMPTS_EACH = 12


@cache
def outcome() -> training.TrainingOutcome:
    """The shrunken rates of every therapy, from responses drawn by lot."""
    chance = np.random.default_rng(7)
    cases = ATTEMPTS_EACH * len(THERAPIES)
    data = TrainingData(
        concepts=CONCEPTS,
        therapies=THERAPIES,
        findings=Findings(
            np.arange(cases, dtype=np.int32),
            chance.integers(0, len(CONCEPTS), cases).astype(np.int32),
            np.ones(cases),
            np.full(cases, -1, np.int32),
            (),
        ),
        attempts=Attempts(
            np.arange(cases, dtype=np.int32),
            np.tile(np.arange(len(THERAPIES), dtype=np.int32), ATTEMPTS_EACH),
            chance.integers(0, 2, cases).astype(np.float64),
            np.ones(cases, np.int32),
        ),
        site=np.full(cases, -1, np.int32),
        year=np.zeros(cases, np.int32),
    )
    return training.carry_out(
        data,
        RECIPES["response-rate"],
        seed=1,
        rules=(),
        simulated=True,
        progress=lambda _stage, _share: None,
    )


class AnyOrder(ServingModel):
    """The version with scores drawn by lot, which always ranks: safety may not lean on either."""

    @classmethod
    @cache
    def drawn(cls, seed: int) -> "AnyOrder":
        """The version with the scores of this draw."""
        model = ServingModel.load(outcome().artifact, sha256=outcome().sha256)
        made = cls(**{field.name: getattr(model, field.name) for field in fields(model)})
        object.__setattr__(made, "logits", np.random.default_rng(seed).normal(size=len(THERAPIES)))
        return made

    def score(self, case):
        """The findings as they're read, with scores that have nothing to do with them."""
        return Scored(self.logits, super().score(case).encoded)

    def order(self, scored, *, allowed, limit=5):
        """The first places, however little speaks for them."""
        return Ranking(rank(scored.logits, self.evidence, allowed=allowed, limit=limit))


def _tried(code, how, days):
    if how == "in use":
        return TriedTherapy(code, in_use=True)
    if how == "stopped":
        return TriedTherapy(code, stopped=Stopped.OTHER, days_since_stop=days)
    return TriedTherapy(code, response=0.0 if how == "failed" else None)


def conditional(code, subject, condition, *, known):
    return ConditionRule(
        code=code,
        subject=subject,
        condition=read_rule_condition(condition),
        severity=Severity.WITHHOLD,
        reason="Made up for a test.",
        source="tests",
        has_to_be_known=known,
    )


CONDITIONAL = (
    conditional("C1", Subject(therapy_class="ssri"), {"age_at_least": 65}, known=False),
    conditional(
        "C2",
        Subject("exercise"),
        {"total_at_least": {"instrument": "phq9", "minimum": 20}},
        known=True,
    ),
    conditional(
        "C3",
        Subject(therapy_class="tca"),
        {"any": [{"allergic_to": {"class": "ssri"}}, {"taking": {"therapy": "lithium"}}]},
        known=False,
    ),
)
RULES = RuleSet(
    "all",
    CATALOGUE.rules,
    SHIPPED.combinations,
    SHIPPED.red_flags,
    conditional=(*SHIPPED.conditional, *CONDITIONAL),
)


def forbidden(case: Case, rules: RuleSet) -> dict[str, set[str]]:
    """By an own, plainer way: the rules that keep back each therapy, one asked after the other."""
    snapshot = snapshot_of(case, therapies=KNOWN)
    holding = [r for r in rules.rules if r.severity is Severity.WITHHOLD and r.fires_on(case)]
    asked = [
        rule
        for rule in rules.conditional
        if rule.severity is Severity.WITHHOLD and rule.fired_on(snapshot)
    ]
    beside = [
        (rule, course.therapy)
        for rule in rules.combinations
        for course in snapshot.courses
        if rule.severity is Severity.WITHHOLD and rule.fires_on(course)
    ]
    found: dict[str, set[str]] = {}
    for therapy in THERAPIES:
        named = therapy.code, therapy.classes
        codes = {rule.code for rule in holding if rule.concerns(therapy)}
        codes |= {rule.code for rule in asked if rule.subject.covers(*named)}
        codes |= {
            rule.code
            for rule, other in beside
            if other != therapy.code and rule.subject.covers(*named)
        }
        codes |= {"allergy"} if _is_not_tolerated(therapy, case) else set()
        if codes:
            found[therapy.code] = codes
    return found


def _is_not_tolerated(therapy: Therapy, case: Case) -> bool:
    own = {therapy.code, *therapy.classes, *therapy.ingredients}
    return bool(own & set(case.allergies or ()))


def a_live_version():
    """Live on the shipped catalogue, with the conditional rules from here as a site's own."""
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    made = learned.a_live_version(made=outcome())
    for rule in CONDITIONAL:
        models.SafetyRuleRecord.objects.create(
            code=rule.code,
            therapy=rule.therapy,
            therapy_class=rule.therapy_class,
            condition=rule.condition.as_written(),
            has_to_be_known=rule.has_to_be_known,
            severity=rule.severity,
            reason=rule.reason,
            source=rule.source,
        )
    for forget in (registry.forget, forget_tokens, names.forget):
        forget()
    return made


def holds_to_the_rules(answer, case) -> bool:
    """Whether the answer, as it was stored or sent, shows nothing that a rule keeps back."""
    kept_back = forbidden(case, safety.active_rules("depression"))
    offered = {each["therapy"]["code"] for each in answer["suggestions"]}
    named = {each["therapy"]["code"] for each in answer["withheld"]}
    assert not offered & set(kept_back)
    assert set(kept_back) <= named
    return bool(offered)


values = st.sampled_from([None, 0.0, 1.0])
findings = st.builds(
    lambda concept, value: Finding(concept.kind, concept.code, value),
    st.sampled_from(CONCEPTS),
    values,
)
cases = st.builds(
    Case,
    findings=st.lists(findings, max_size=15, unique_by=lambda each: (each.kind, each.code)).map(
        tuple
    ),
    tried=st.lists(
        st.builds(
            _tried,
            st.sampled_from([each.code for each in THERAPIES if each.kind == "medication"]),
            st.sampled_from(["in use", "stopped", "failed", "unknown"]),
            st.integers(0, 60),
        ),
        max_size=4,
        unique_by=lambda each: each.therapy,
    ).map(tuple),
    assessments=st.lists(
        st.builds(Assessment, st.just("phq9"), st.just(1), st.just({}), st.integers(0, 27)),
        max_size=1,
    ).map(tuple),
    all_tried_known=st.booleans(),
    allergies=st.none()
    | st.lists(st.sampled_from([*KNOWN, *CLASSES, "penicillin"]), max_size=3, unique=True).map(
        tuple
    ),
)
