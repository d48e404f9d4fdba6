"""Evidence: the arms of published studies that a data set brings."""

from django.db import models
from django.db.models import F, Q

from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.models.dataset import DataSet
from recommender.models.therapy import TherapyRecord


class EvidenceArm(models.Model):
    """One arm of a study: how many of those assigned to it responded."""

    dataset = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="evidence_arms")
    study = models.CharField(max_length=300)
    therapy = models.ForeignKey(
        TherapyRecord,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Empty: the study's control arm.",
    )
    condition = models.CharField(max_length=64, blank=True)
    age_group = models.CharField(max_length=64, blank=True)
    region = models.CharField(max_length=64, blank=True)
    high_risk_of_bias = models.BooleanField(null=True, blank=True)
    responders = models.PositiveIntegerField()
    n = models.PositiveIntegerField()

    class Meta:
        ordering = ["study", "condition", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(n__gte=1), name="evidence_arm_has_people"),
            models.CheckConstraint(
                condition=Q(responders__lte=F("n")), name="evidence_responders_are_among_n"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study}: {self.code}"

    @property
    def code(self) -> str:
        """The therapy's code, or what stands for a control arm."""
        return self.therapy.code if self.therapy else CONTROL

    def to_value(self) -> TrialArm:
        """The arm as a value; its data set is its source."""
        return TrialArm(
            study=self.study,
            therapy=self.code,
            responders=self.responders,
            n=self.n,
            condition=self.condition,
            age_group=self.age_group,
            region=self.region,
            high_risk_of_bias=self.high_risk_of_bias,
            source=self.dataset.cited,
        )
