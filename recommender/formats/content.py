"""What a data set holds once it was read and found good, whatever its files looked like."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from recommender.clinical.coding import Concept
from recommender.clinical.names import NO_NAMES, Missed, Names
from recommender.clinical.safety import SafetyRule
from recommender.clinical.therapy import Therapy

ConceptKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the codes mean already: the shipped catalogue's, and the pathway's own so far.

    `names` are what these go by beside their codes; `renamed` says which of our therapies the
    codes of an evidence table stand for.
    """

    catalogue_concepts: Mapping[ConceptKey, Concept] = field(default_factory=dict)
    catalogue_therapies: Mapping[str, Therapy] = field(default_factory=dict)
    own_concepts: Mapping[ConceptKey, Concept] = field(default_factory=dict)
    own_therapies: Mapping[str, Therapy] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    names: Names = NO_NAMES


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What the data set says about itself, from `dataset.json` or a mapping."""

    title: str = ""
    version: str = ""
    description: str = ""
    licences: tuple[Mapping[str, str], ...] = ()
    sources: tuple[Mapping[str, str], ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A data set's content as compact columns; `case`, `concept` and `therapy` are positions.

    cases: pseudonym, year, site ("" when not recorded), in the order of their position.
    findings: case, concept, number, category.
    responses: case, therapy, sequence, response, score_before, score_after, instrument, stopped.
    evidence: study, therapy, condition, age_group, region, risk_of_bias_high, responders, n.
    `missed` is what no entry knows and somebody may map.
    """

    descriptor: Descriptor
    concepts: tuple[Concept, ...]
    therapies: tuple[Therapy, ...]
    cases: pl.DataFrame
    findings: pl.DataFrame
    responses: pl.DataFrame
    evidence: pl.DataFrame
    safety_rules: tuple[SafetyRule, ...] = ()
    notes: tuple[str, ...] = ()
    missed: Mapping[Missed, int] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of the content; the same for the same content in another order or format."""
        sealed = hashlib.sha256()
        concepts = pl.DataFrame(
            {
                "concept": range(len(self.concepts)),
                "kind": [concept.kind.value for concept in self.concepts],
                "code": [concept.code for concept in self.concepts],
                "value_type": [concept.value_type.value for concept in self.concepts],
            },
            schema_overrides={"concept": pl.UInt32},
        )
        therapies = pl.DataFrame(
            {
                "therapy": range(len(self.therapies)),
                "code": [therapy.code for therapy in self.therapies],
            },
            schema_overrides={"therapy": pl.UInt32},
        )
        ranked = self.cases.with_row_index("case").sort("pseudonym").with_row_index("case_rank")
        case_ranks = ranked.select("case", "case_rank")
        used = concepts.join(self.findings.select(pl.col("concept").unique()), on="concept")
        concept_ranks = used.sort("kind", "code").with_row_index("concept_rank")
        tables = (
            ranked.select("pseudonym", "year", "site"),
            concept_ranks.select("kind", "code", "value_type"),
            self.findings.join(case_ranks, on="case")
            .join(concept_ranks.select("concept", "concept_rank"), on="concept")
            .select("case_rank", "concept_rank", "number", "category")
            .sort("case_rank", "concept_rank"),
            self.responses.join(case_ranks, on="case")
            .join(therapies, on="therapy")
            .select(
                *("case_rank", "code", "sequence", "response"),
                *("score_before", "score_after", "instrument", "stopped"),
            )
            .sort("case_rank", "sequence", "code"),
            self.evidence.sort(self.evidence.columns),
        )
        for table in tables:
            sealed.update(f"{','.join(table.columns)}:{table.height}\n".encode())
            for part in table.iter_slices(200_000):
                sealed.update(part.write_csv(include_header=False).encode())
        for rule in sorted(self.safety_rules, key=lambda rule: rule.code):
            sealed.update(f"{rule}\n".encode())
        return sealed.hexdigest()
