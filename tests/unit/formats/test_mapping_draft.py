"""Choosing what the columns of a wide table are: guessed, previewed, and a mapping file at last."""

import io
import tomllib
from pathlib import Path

import pytest

from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput
from recommender.formats.content import Known
from recommender.formats.mapping import About, mapping_of, mapping_text, read_mapping
from recommender.formats.mapping_draft import Choice, Draft, Role, draft_of, mapping_from
from recommender.formats.mapping_guess import guess
from recommender.formats.wide_preview import faults, first_rows, rows_made

SHIPPED = Path(__file__).parents[3] / "fixtures" / "datasets"
TABLE = """id,arm,Insomnia,smoker,age,surname,score_0,score_8
p1,CBT,2,yes,34,x,21,9
p2,Sertraline,1,no,51,y,18,17
p3,CBT,,yes,27,z,25,
"""
KNOWN = Known(
    catalogue_concepts={
        ("symptom", "insomnia"): Concept(
            FindingKind.SYMPTOM, "insomnia", "Insomnia", ValueType.SEVERITY
        )
    },
    catalogue_therapies={
        "cbt": Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY),
        "sertraline": Therapy("sertraline", "Sertraline", TherapyKind.MEDICATION),
    },
)
AGE = Choice(
    Role.FINDING,
    kind="background",
    code="age_band",
    value_type="category",
    bands="40: young, else: old",
)


@pytest.fixture
def first():
    return first_rows(io.BytesIO(TABLE.encode()), "table.csv")


@pytest.fixture
def draft(first):
    begun = guess(first, known=KNOWN).with_columns({"age": AGE})
    return Draft(
        columns=begun.without_open("not needed").columns,
        about=About("Trial", "docs", "CC0-1.0"),
        response="score_8 <= 0.5 * score_0",
        unknown="missing(score_8)",
        why="half of the score before",
    )


def test_the_names_and_values_of_columns_tell_what_some_of_them_are(first):
    chosen = guess(first, known=KNOWN).columns

    assert chosen["id"].role is Role.CASE
    assert chosen["arm"].becomes == {"CBT": "cbt", "Sertraline": "sertraline"}
    assert (chosen["Insomnia"].role, chosen["Insomnia"].code) == (Role.FINDING, "insomnia")
    assert chosen["surname"].role is Role.DROP
    assert chosen["smoker"].role is Role.OPEN
    assert chosen["smoker"].becomes == {"yes": "1", "no": "0"}


def test_what_was_chosen_is_the_mapping_file_that_the_command_takes(draft):
    text = mapping_text(mapping_from(draft))
    document = tomllib.loads(text)

    assert document["attempt"]["arms"] == {"CBT": "cbt", "Sertraline": "sertraline"}
    assert document["findings"][1]["bands"] == [
        {"value": "young", "below": 40.0},
        {"value": "old"},
    ]
    assert document["drop"]["score_8"] == "not needed"
    assert "sequence" not in document["attempt"]
    assert mapping_of(document) == mapping_from(draft)


def test_a_mapping_that_is_read_again_is_the_same(draft, first):
    mapping = mapping_from(draft)

    assert mapping_from(draft_of(mapping, first.names)) == mapping


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.stem)
def test_a_shipped_mapping_passes_through_the_editor_unchanged(file):
    mapping = read_mapping(file)
    case, attempt = mapping.case, mapping.attempt
    used = {one.column for one in mapping.findings} | set(mapping.drop)
    used |= {case.id, case.year, case.site, attempt.therapy, attempt.response_column}

    again = mapping_from(draft_of(mapping, tuple(sorted(used - {""}))))

    assert (again.about, again.attempt, again.case) == (mapping.about, attempt, case)
    assert (again.drop, again.therapies) == (mapping.drop, mapping.therapies)
    assert {one.column: one for one in again.findings} == {
        one.column: one for one in mapping.findings
    }


def test_a_new_column_is_open_when_an_old_mapping_meets_it(draft, first):
    names = (*first.names, "weight")

    assert draft_of(mapping_from(draft), names).still_open == ("weight",)


def test_the_first_rows_stand_there_as_findings(draft, first):
    rows = rows_made(first, mapping_from(draft), count=3)

    assert [(one.code, one.value) for one in rows[0].findings] == [
        ("insomnia", "2"),
        ("age_band", "young"),
    ]
    assert [(row.therapy, row.response) for row in rows] == [
        ("cbt", "1"),
        ("sertraline", "0"),
        ("cbt", "unknown"),
    ]
    assert len(rows[2].findings) == 1
    assert faults(first, mapping_from(draft), known=KNOWN) == ()


def test_a_value_that_nothing_is_said_of_is_a_fault_of_its_column(draft, first):
    unmapped = draft.with_columns(
        {"arm": Choice(Role.THERAPY, becomes={"CBT": "cbt", "Sertraline": ""})}
    )
    mapping = mapping_from(unmapped)

    assert rows_made(first, mapping, count=2)[1].therapy is None
    assert [(one.row, one.field) for one in faults(first, mapping, known=KNOWN)] == [(3, "arm")]


def test_before_the_therapy_is_chosen_the_findings_are_shown_and_it_is_asked_for(draft, first):
    mapping = mapping_from(draft.with_columns({"arm": Choice(Role.DROP, reason="x")}))

    assert rows_made(first, mapping, count=1)[0].findings
    (fault,) = faults(first, mapping, known=KNOWN)
    assert "therapy" in fault.message


@pytest.mark.parametrize(
    ("column", "choice", "said"),
    [
        ("age", Choice(Role.THERAPY), "Only one column can be the therapy"),
        ("age", Choice(Role.FINDING, kind="symptom", value_type="flag"), "give its code"),
        ("age", Choice(Role.FINDING, kind="x", code="a", value_type="flag"), "kind"),
        (
            "age",
            Choice(Role.FINDING, kind="symptom", code="a", value_type="flag", bands="young"),
            "bands",
        ),
    ],
)
def test_what_cannot_be_a_mapping_is_said_with_its_column(draft, column, choice, said):
    with pytest.raises(BadInput, match=said):
        mapping_from(draft.with_columns({column: choice}))


@pytest.mark.parametrize("text", ["", "a,a\n1,2\n", "a,b\n"])
def test_a_table_without_rows_or_names_cannot_be_mapped(text):
    with pytest.raises(BadInput):
        first_rows(io.BytesIO(text.encode()), "table.csv")
