"""A data set's content into the database by COPY, and out of it as arrays to learn from."""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from django.db import connection

from recommender import models
from recommender.clinical.coding import Concept
from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.clinical.therapy import Therapy
from recommender.formats.content import Content
from recommender.formats.evidence import arms_of
from recommender.ml.copies import without_copies
from recommender.ml.interactions import Attempts, Findings, TrainingData

SLICE_ROWS = 200_000

CASES = "recommender_caserecord (id, dataset_id, pseudonym, year, site)"
FINDINGS = "recommender_findingrecord (case_id, concept_id, number, category)"
RESPONSES = (
    "recommender_therapyresponse (case_id, therapy_id, sequence, response, score_before,"
    " score_after, instrument, stopped)"
)


def write(content: Content, *, dataset: models.DataSet) -> None:
    """Copy all rows in; vocabulary and therapies of its own come first."""
    concepts = _concept_ids(content, dataset.pathway)
    therapies = _therapy_ids(content, dataset.pathway)
    first = _reserved_case_ids(content.cases.height)
    case_id = (pl.col("case").cast(pl.Int64) + first).alias("case_id")
    _copy(
        CASES,
        content.cases.with_row_index("case").select(
            case_id, pl.lit(dataset.pk).alias("dataset_id"), "pseudonym", "year", "site"
        ),
    )
    _copy(
        FINDINGS,
        content.findings.select(
            case_id, _looked_up("concept", concepts), pl.col("number"), pl.col("category")
        ),
    )
    _copy(
        RESPONSES,
        content.responses.select(
            case_id,
            _looked_up("therapy", therapies),
            *("sequence", "response", "score_before", "score_after"),
            pl.col("instrument").fill_null(""),
            pl.col("stopped").fill_null("unknown"),
        ),
    )
    _write_evidence(content, dataset, therapies)


def _write_evidence(content: Content, dataset: models.DataSet, ids: Sequence[int]) -> None:
    by_code = {therapy.code: pk for therapy, pk in zip(content.therapies, ids, strict=True)}
    models.EvidenceArm.objects.bulk_create(
        models.EvidenceArm(
            dataset=dataset,
            study=arm.study,
            therapy_id=None if arm.therapy == CONTROL else by_code[arm.therapy],
            condition=arm.condition,
            age_group=arm.age_group,
            region=arm.region,
            high_risk_of_bias=arm.high_risk_of_bias,
            responders=arm.responders,
            n=arm.n,
        )
        for arm in arms_of(content, source=dataset.cited)
    )


def _looked_up(name: str, ids: Sequence[int]) -> pl.Expr:
    return pl.col(name).replace_strict(
        pl.Series(range(len(ids)), dtype=pl.UInt32), pl.Series(ids, dtype=pl.Int64)
    )


def _copy(target: str, table: pl.DataFrame) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy,
    ):
        for part in table.iter_slices(SLICE_ROWS):
            # An empty text is quoted, so that only what isn't there is NULL.
            copy.write(part.write_csv(include_header=False, quote_style="necessary").encode())


def _reserved_case_ids(count: int) -> int:
    """The first of `count` case ids that nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('recommender_caserecord', 'id')")
        (sequence,) = cursor.fetchone()
        # Two imports at once must not take the same ids; the lock ends with the transaction.
        cursor.execute("SELECT pg_advisory_xact_lock(7246020)")
        cursor.execute(
            "SELECT setval(%s, nextval(%s) + %s) - %s", [sequence, sequence, count, count]
        )
        (first,) = cursor.fetchone()
    return int(first)


def _concept_ids(content: Content, pathway: models.Pathway) -> list[int]:
    shipped = models.ConceptRecord.objects.filter(pathway=None)
    known = {(one.kind, one.code): one.pk for one in shipped.only("kind", "code")}
    new = [
        models.ConceptRecord(
            pathway=pathway,
            kind=concept.kind,
            code=concept.code,
            display=concept.display,
            value_type=concept.value_type,
            system=concept.system,
            system_code=concept.system_code,
        )
        for concept in content.concepts
        if (concept.kind.value, concept.code) not in known
    ]
    models.ConceptRecord.objects.bulk_create(new, ignore_conflicts=True)
    own = models.ConceptRecord.objects.filter(pathway=pathway).only("kind", "code")
    known = {**{(one.kind, one.code): one.pk for one in own}, **known}
    return [known[concept.kind.value, concept.code] for concept in content.concepts]


def _therapy_ids(content: Content, pathway: models.Pathway) -> list[int]:
    shipped = models.TherapyRecord.objects.filter(pathway=None)
    known = dict(shipped.values_list("code", "pk"))
    new = [
        models.TherapyRecord(
            pathway=pathway,
            code=therapy.code,
            name=therapy.name,
            kind=therapy.kind,
            therapy_class=therapy.therapy_class,
            attributes=list(therapy.attributes),
        )
        for therapy in content.therapies
        if therapy.code not in known
    ]
    models.TherapyRecord.objects.bulk_create(new, ignore_conflicts=True)
    own = models.TherapyRecord.objects.filter(pathway=pathway)
    known = {**dict(own.values_list("code", "pk")), **known}
    return [known[therapy.code] for therapy in content.therapies]


def training_data(chosen: Iterable[models.DataSet]) -> tuple[TrainingData, str]:
    """Everything to learn from in these data sets, and a hash of which data it was.

    A case that came in twice is there once.

    Cases, concepts and therapies stand in an order of their own codes and pseudonyms, so that
    the same data gives the same arrays whenever it was imported.
    """
    datasets = sorted(chosen, key=lambda dataset: (dataset.name, dataset.version))
    ids = [dataset.pk for dataset in datasets]
    cases = _rows(
        "SELECT id, coalesce(year, 0) AS year, site FROM recommender_caserecord"
        " WHERE dataset_id = ANY(%s) ORDER BY array_position(%s, dataset_id), pseudonym",
        [ids, ids],
        {"id": pl.Int64, "year": pl.Int32, "site": pl.String},
    ).with_row_index("case")
    findings = _rows(
        "SELECT f.case_id AS id, f.concept_id AS concept_id, f.number, f.category"
        " FROM recommender_findingrecord f JOIN recommender_caserecord c ON c.id = f.case_id"
        " WHERE c.dataset_id = ANY(%s)",
        [ids],
        {
            "id": pl.Int64,
            "concept_id": pl.Int64,
            "number": pl.Float64,
            "category": pl.String,
        },
    )
    responses = _rows(
        "SELECT r.case_id AS id, r.therapy_id AS therapy_id, r.response, r.sequence, r.id AS came"
        " FROM recommender_therapyresponse r JOIN recommender_caserecord c ON c.id = r.case_id"
        " WHERE c.dataset_id = ANY(%s) AND r.response IS NOT NULL",
        [ids],
        {
            "id": pl.Int64,
            "therapy_id": pl.Int64,
            "response": pl.Float64,
            "sequence": pl.Int32,
            "came": pl.Int64,
        },
    )
    concepts, concept_places = _concepts(findings["concept_id"].unique().to_list())
    therapies, therapy_places = _therapies(responses["therapy_id"].unique().to_list())
    sites = tuple(cases["site"].unique().sort().to_list())
    data = TrainingData(
        concepts=concepts,
        therapies=therapies,
        findings=_findings(findings, cases, concept_places),
        attempts=_attempts(responses, cases, therapy_places),
        site=_site_places(cases, sites),
        year=cases["year"].to_numpy().astype(np.int32),
        sites=tuple(site for site in sites if site),
        row=cases["id"].rank("ordinal").to_numpy().astype(np.int64),
        evidence=evidence_of(datasets),
    )
    return without_copies(data), _hash(datasets)


def evidence_of(datasets: Sequence[models.DataSet]) -> tuple[TrialArm, ...]:
    """The arms that data sets bring, in the order of the data sets and of what the arms say."""
    place = {dataset.pk: number for number, dataset in enumerate(datasets)}
    arms = models.EvidenceArm.objects.filter(dataset__in=place).select_related("dataset", "therapy")
    found = [(place[arm.dataset_id], arm.to_value()) for arm in arms]
    return tuple(arm for _, arm in sorted(found, key=lambda pair: (pair[0], repr(pair[1]))))


def _hash(datasets: Sequence[models.DataSet]) -> str:
    lines = (f"{one.name}\t{one.version}\t{one.content_hash}\n" for one in datasets)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _rows(query: str, parameters: list[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a query, by COPY: a tenth of the time and memory of fetching them."""
    text = io.BytesIO()
    with connection.cursor() as cursor:
        statement = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
        with cursor.copy(statement, parameters) as copy:
            for block in copy:
                text.write(block)
    text.seek(0)
    return pl.read_csv(text, schema=dict(schema))


def _concepts(ids: list[int]) -> tuple[tuple[Concept, ...], dict[int, int]]:
    records = models.ConceptRecord.objects.filter(pk__in=ids).order_by("kind", "code", "pathway_id")
    return (
        tuple(record.to_value() for record in records),
        {record.pk: place for place, record in enumerate(records)},
    )


def _therapies(ids: list[int]) -> tuple[tuple[Therapy, ...], dict[int, int]]:
    records = models.TherapyRecord.objects.filter(pk__in=ids).order_by("code", "pathway_id")
    return (
        tuple(record.to_value() for record in records),
        {record.pk: place for place, record in enumerate(records)},
    )


def _placed(
    table: pl.DataFrame, cases: pl.DataFrame, name: str, of: dict[int, int]
) -> pl.DataFrame:
    places = pl.DataFrame(
        {name: list(of), "place": list(of.values())}, schema={name: pl.Int64, "place": pl.Int32}
    )
    return table.join(cases.select("id", "case"), on="id").join(places, on=name)


def _findings(table: pl.DataFrame, cases: pl.DataFrame, places: dict[int, int]) -> Findings:
    table = _placed(table, cases, "concept_id", places).sort("case", "place")
    categories = table["category"].drop_nulls().unique().sort().to_list()
    of_category = pl.DataFrame({"category": categories}, schema={"category": pl.String})
    of_category = of_category.with_row_index("category_place")
    table = table.join(of_category, on="category", how="left", maintain_order="left")
    return Findings(
        case=table["case"].to_numpy().astype(np.int32),
        concept=table["place"].to_numpy().astype(np.int32),
        number=table["number"].fill_null(float("nan")).to_numpy().astype(np.float64),
        category=table["category_place"].cast(pl.Int32).fill_null(-1).to_numpy().astype(np.int32),
        categories=tuple(categories),
    )


def _attempts(table: pl.DataFrame, cases: pl.DataFrame, places: dict[int, int]) -> Attempts:
    table = _placed(table, cases, "therapy_id", places).sort("case", "sequence", "place")
    return Attempts(
        case=table["case"].to_numpy().astype(np.int32),
        therapy=table["place"].to_numpy().astype(np.int32),
        response=table["response"].to_numpy().astype(np.float64),
        sequence=table["sequence"].to_numpy().astype(np.int32),
        # Attempts are written in the order of their file, and numbered as they are written.
        row=table["came"].rank("ordinal").to_numpy().astype(np.int64),
    )


def _site_places(cases: pl.DataFrame, sites: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int32]]:
    named = [site for site in sites if site]
    of_site = pl.DataFrame({"site": named}, schema={"site": pl.String}).with_row_index("place")
    placed = cases.join(of_site, on="site", how="left", maintain_order="left")
    return placed["place"].cast(pl.Int32).fill_null(-1).to_numpy().astype(np.int32)
