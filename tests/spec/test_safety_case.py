"""The safety case says what is so: its tests are there, and the page is the one that is built."""

from tests.spec.safety_case import HAZARDS, PAGE, build, known_tests

WANTED = (
    "contraindicated", "missing", "no longer fits", "too much", "wrong pathway", "simulated",
    "poisoned", "recognised",
)  # fmt: skip


def test_every_test_that_a_hazard_names_is_there():
    named = {name for hazard in HAZARDS["hazard"] for name in hazard["tests"]}

    assert named - set(known_tests()) == set()


def test_the_page_is_the_one_that_is_built():
    assert PAGE.read_text(encoding="utf-8") == build()


def test_each_hazard_says_what_stands_against_it_and_what_is_open():
    for hazard in HAZARDS["hazard"]:
        assert all(hazard[name] for name in ("name", "how", "against", "tests", "open"))
    names = " ".join(hazard["name"].lower() for hazard in HAZARDS["hazard"])
    assert [word for word in WANTED if word not in names] == []
