"""Names of therapies and findings: what one stands for, and what is left to a person."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind
from recommender.clinical.names import THERAPY, Named, Names
from recommender.clinical.renaming import ReadAs, in_our_codes
from recommender.formats.near_matches import near

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NAMES = Names.of(
    [
        Named(THERAPY, "venlafaxine", ("Venlafaxine", "Effexor"), is_medicine=True),
        Named(THERAPY, "desvenlafaxine", ("Desvenlafaxine", "Pristiq"), is_medicine=True),
        Named(THERAPY, "guanfacine_XR", ("Guanfacine XR",), is_medicine=True),
        Named(THERAPY, "doxepin_low_dose", ("Doxepin low dose",), is_medicine=True),
        Named(THERAPY, "lithium", ("Lithium",), is_medicine=True),
        Named(THERAPY, "cbt", ("Cognitive behavioural therapy",)),
        Named(THERAPY, "first", ("Shared name",), is_medicine=True),
        Named(THERAPY, "second", ("Shared name",), is_medicine=True),
        Named("symptom", "insomnia", ("Insomnia, any",)),
        Named("background", "insomnia_hx", ("Insomnia",)),
    ],
    {
        (RXNORM, "39786"): (THERAPY, "venlafaxine"),
        ("rxnorm", "39786"): (THERAPY, "venlafaxine"),
        ("", "N06AX16"): (THERAPY, "venlafaxine"),
        ("hp", "0100785"): ("symptom", "insomnia"),
    },
)


@pytest.mark.parametrize(
    "text",
    [
        *("venlafaxine", "VENLAFAXINE", "Venlafaxine ", "vènlafaxine"),
        *("EffexorXR", "effexorxr", "Effexor XR", "effexor-xr", "EFFEXOR XR 150"),
        *("venlafaxine XR 75 mg", "Venlafaxine HCl ER 37.5mg capsule", "venlafaxine 75mg tab bid"),
        *("rxnorm:39786", "RxNorm|39786", f"{RXNORM}|39786", "N06AX16", "n06ax16"),
    ],
)
def test_one_therapy_has_many_names(text):
    assert NAMES.find(THERAPY, text) == "venlafaxine"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Guanfacine ER 2 mg", "guanfacine_XR"),
        ("lithium carbonate 300 mg", "lithium"),
        ("Pristiq", "desvenlafaxine"),
        ("Cognitive Behavioural Therapy", "cbt"),
    ],
)
def test_a_form_or_a_salt_is_no_other_therapy(text, code):
    assert NAMES.find(THERAPY, text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("venlafaxin", "not venlafaxine", "venlafaxine and lithium", "venlafaxine/placebo"),
        *("doxepin 100 mg", "39786", "Shared name", "Insomnia", "75 mg", "", "x" * 300),
    ],
)
def test_what_only_looks_like_a_name_is_left_to_a_person(text):
    assert NAMES.find(THERAPY, text) is None


def test_a_name_belongs_to_its_kind():
    assert NAMES.find("symptom", "Insomnia") == "insomnia"
    assert NAMES.find("background", "insomnia") == "insomnia_hx"
    assert NAMES.find("symptom", "HP:0100785") == "insomnia"
    assert NAMES.find("trigger", "insomnia") is None


@pytest.mark.parametrize(
    ("kind", "text", "close"),
    [
        (THERAPY, "venlafaxin", "venlafaxine"),
        (THERAPY, "doxepin 100 mg", "doxepin_low_dose"),
        ("symptom", "insomnnia", "insomnia"),
    ],
)
def test_what_is_close_is_named_and_not_taken(kind, text, close):
    assert NAMES.find(kind, text) is None
    assert near(NAMES, kind, text)[0] == close


@pytest.mark.parametrize("text", ["reiki", "unheard-of", "penicillin", "xr", ""])
def test_mostly_nothing_is_close(text):
    assert near(NAMES, THERAPY, text) == ()


words = st.text(string.ascii_letters + string.digits + " -/.", max_size=30)


@given(words)
def test_a_name_that_is_found_is_a_known_code(text):
    found = NAMES.find(THERAPY, text)

    assert found is None or (THERAPY, found) in NAMES.exact


def test_a_case_is_read_by_our_codes_and_says_what_was_read():
    case = Case(
        (Finding(FindingKind.SYMPTOM, "Insomnia", 2), Finding(FindingKind.SYMPTOM, "own", 1)),
        (TriedTherapy("EffexorXR", in_use=True), TriedTherapy("reiki")),
        allergies=("Pristiq", "ssri"),
    )

    known, read = in_our_codes(
        case, NAMES, findings={(FindingKind.SYMPTOM, "own")}, therapies={"lithium"}
    )

    assert [each.code for each in known.findings] == ["insomnia", "own"]
    assert known.findings[0].value == 2
    assert [(each.therapy, each.in_use) for each in known.tried] == [
        ("venlafaxine", True),
        ("reiki", None),
    ]
    assert known.allergies == ("desvenlafaxine", "ssri")
    assert read == (
        ReadAs("symptom", "Insomnia", "insomnia"),
        ReadAs(THERAPY, "EffexorXR", "venlafaxine"),
        ReadAs(THERAPY, "Pristiq", "desvenlafaxine"),
    )


def test_a_code_that_the_version_knows_stays_as_it_is():
    case = Case(tried=(TriedTherapy("Effexor"),))

    assert in_our_codes(case, NAMES, findings=(), therapies={"Effexor"}) == (case, ())
