"""The import report: what is missing, how values lie, what is there twice; no count below five."""

import polars as pl

from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.therapy import Therapy
from recommender.formats.content import Content, Descriptor
from recommender.formats.description import described

SEX = Concept(FindingKind.BACKGROUND, "sex", "Sex", ValueType.CATEGORY)
SCORE = Concept(FindingKind.SYMPTOM, "score", "Score", ValueType.NUMBER)


def content(cases):
    """Each case as (sex, score, response)."""
    findings, responses = [], []
    for place, (sex, score, response) in enumerate(cases):
        findings += [(place, 0, None, sex)] if sex else []
        findings += [(place, 1, score, None)] if score is not None else []
        responses += [(place, 0, 1, response, None, None)] if response != "none" else []
    return Content(
        descriptor=Descriptor(),
        concepts=(SEX, SCORE),
        therapies=(Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY),),
        cases=pl.DataFrame({"year": [2020] * len(cases), "site": [""] * len(cases)}),
        findings=pl.DataFrame(
            findings,
            schema={
                "case": pl.UInt32,
                "concept": pl.UInt32,
                "number": pl.Float64,
                "category": pl.String,
            },
            orient="row",
        ),
        responses=pl.DataFrame(
            responses,
            schema={
                "case": pl.UInt32,
                "therapy": pl.UInt32,
                "sequence": pl.Int32,
                "response": pl.Float64,
                "score_before": pl.Float64,
                "score_after": pl.Float64,
            },
            orient="row",
        ),
        evidence=pl.DataFrame(),
    )


def test_what_is_missing_is_counted():
    found = described(content([("f", 1.0, 1.0), (None, None, None), ("m", 2.0, "none")]))

    assert found["missing"] == {
        "cases_without_year": 0,
        "cases_without_site": 3,
        "cases_without_findings": 1,
        "cases_without_therapies": 1,
        "responses_unknown": 1,
    }


def test_cases_alike_in_everything_are_counted_and_nearly_alike_ones_are_not():
    alike = [("f", 7.0, 1.0)] * 3
    other = [("f", 7.0, 0.0), ("f", 8.0, 1.0), ("m", 7.0, 1.0)]

    assert described(content(alike + other))["duplicates"] == 3


def test_values_of_fewer_than_five_cases_are_not_told_apart():
    cases = [("f", None, 1.0)] * 6 + [("x", None, 1.0), ("y", None, 1.0)]

    (sex,) = described(content(cases))["distributions"]

    assert sex["values"] == [["f", 6], ["other", 2]]
    assert sex["share"] == 1.0


def test_many_different_numbers_are_told_by_their_quantiles():
    (score,) = described(content([(None, float(n), 1.0) for n in range(101)]))["distributions"]

    assert score["quantiles"] == [5.0, 25.0, 50.0, 75.0, 95.0]


def test_a_therapy_that_few_tried_has_no_share():
    many, few = [(None, 1.0, 1.0)] * 5, [(None, 1.0, 0.0)] * 2

    (tried,) = described(content(many + few))["tried"]
    (rare,) = described(content(few))["tried"]

    assert (tried["attempts"], tried["responded"]) == (7, 5)
    assert rare["responded"] is None
