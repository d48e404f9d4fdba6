"""Safety rules as records: shipped ones and those that belong to a pathway."""

from django.db import models
from django.db.models import Q

from recommender.clinical.coding import FindingKind
from recommender.clinical.condition_rules import ConditionRule, read_rule_condition
from recommender.clinical.conditions import Subject
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.therapy import class_code
from recommender.models.pathway import Pathway


class SafetyRuleRecord(models.Model):
    """One rule: a therapy or a class, a finding or a condition, and what follows from it."""

    pathway = models.ForeignKey(
        Pathway, null=True, blank=True, on_delete=models.PROTECT, related_name="safety_rules"
    )
    code = models.CharField(max_length=64)
    therapy = models.CharField(max_length=64, blank=True)
    therapy_class = models.CharField(max_length=100, blank=True)
    kind = models.CharField(
        max_length=10, blank=True, choices=[(kind, kind) for kind in FindingKind]
    )
    finding = models.CharField(max_length=64, blank=True)
    min_value = models.FloatField(null=True, blank=True)
    condition = models.JSONField(
        null=True,
        blank=True,
        help_text="Instead of a finding: a condition in the language of docs/red-flags.md.",
    )
    has_to_be_known = models.BooleanField(
        default=True,
        help_text="A rule with a condition also holds until enough is recorded to tell.",
    )
    severity = models.CharField(max_length=10, choices=[(word, word) for word in Severity])
    reason = models.TextField()
    source = models.TextField()
    verification = models.CharField(max_length=40, default="unverified")
    active = models.BooleanField(default=True)
    floor = models.BooleanField(
        default=False, help_text="No site switches it off or weakens it; the database refuses."
    )
    examples = models.JSONField(
        default=list,
        blank=True,
        help_text="Cases of the rule's own, as `recommender.formats.rule_examples` writes them.",
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "code"], nulls_distinct=False, name="safety_rule_code_is_unique"
            ),
            models.CheckConstraint(
                condition=(Q(therapy="") & ~Q(therapy_class=""))
                | (~Q(therapy="") & Q(therapy_class="")),
                name="safety_rule_has_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(condition__isnull=True) & ~Q(kind="") & ~Q(finding="")
                | Q(condition__isnull=False, kind="", finding="", min_value=None),
                name="safety_rule_has_a_finding_or_a_condition",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=list(Severity)), name="safety_rule_severity_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(source=""), name="safety_rule_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def to_value(self) -> SafetyRule | ConditionRule:
        """The rule as the clinic's value; raises what reading it raises."""
        if self.condition is not None:
            return self._conditional()
        return SafetyRule(
            code=self.code,
            kind=FindingKind(self.kind),
            finding=self.finding,
            severity=Severity(self.severity),
            reason=self.reason,
            source=self.source,
            therapy=self.therapy,
            therapy_class=self.therapy_class,
            min_value=self.min_value,
            verification=self.verification,
            floor=self.floor,
        )

    def _conditional(self) -> ConditionRule:
        return ConditionRule(
            code=self.code,
            subject=Subject(self.therapy, class_code(self.therapy_class)),
            condition=read_rule_condition(self.condition),
            severity=Severity(self.severity),
            reason=self.reason,
            source=self.source,
            verification=self.verification,
            floor=self.floor,
            has_to_be_known=self.has_to_be_known,
        )
