"""Cases of a data set: findings and the therapies tried, without a word of who it was."""

from django.db import models
from django.db.models import Q

from recommender.clinical.coding import Stopped
from recommender.models.dataset import DataSet
from recommender.models.therapy import TherapyRecord
from recommender.models.vocabulary import ConceptRecord


class CaseRecord(models.Model):
    """One anonymised person, known by a keyed pseudonym that means nothing elsewhere."""

    dataset = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="cases")
    pseudonym = models.CharField(max_length=32)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    site = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "pseudonym"], name="case_pseudonym_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(pseudonym__regex=r"^[0-9a-f]{32}$"), name="case_pseudonym_is_keyed"
            ),
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__range=(1900, 2200)),
                name="case_year_is_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class FindingRecord(models.Model):
    """One finding of a case. Neither number nor category: present, without a value."""

    pk = models.CompositePrimaryKey("case_id", "concept_id")
    case = models.ForeignKey(
        CaseRecord, on_delete=models.CASCADE, related_name="findings", db_index=False
    )
    concept = models.ForeignKey(ConceptRecord, on_delete=models.PROTECT, db_index=False)
    number = models.FloatField(null=True, blank=True)
    category = models.CharField(max_length=64, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(category__isnull=True),
                name="finding_has_one_value",
            ),
            # NaN compares above every number in PostgreSQL, so this refuses it as well.
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__gte=-1e9, number__lte=1e9),
                name="finding_number_is_finite",
            ),
        ]

    def __str__(self) -> str:
        return f"finding of case {self.case_id}"


class TherapyResponse(models.Model):
    """How a case did on a therapy: 0 to 1, or NULL when unknown."""

    case = models.ForeignKey(CaseRecord, on_delete=models.CASCADE, related_name="responses")
    therapy = models.ForeignKey(TherapyRecord, on_delete=models.PROTECT)
    sequence = models.PositiveSmallIntegerField()
    response = models.FloatField(null=True, blank=True)
    score_before = models.FloatField(null=True, blank=True)
    score_after = models.FloatField(null=True, blank=True)
    instrument = models.CharField(max_length=64, blank=True)
    stopped = models.CharField(
        max_length=12, choices=[(word, word) for word in Stopped], default=Stopped.UNKNOWN
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sequence", "therapy"], name="response_attempt_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(response__isnull=True) | Q(response__gte=0, response__lte=1),
                name="response_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(stopped__in=list(Stopped)), name="response_stop_is_known"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gte=1), name="response_sequence_starts_at_one"
            ),
        ]

    def __str__(self) -> str:
        return f"response of case {self.case_id}"
