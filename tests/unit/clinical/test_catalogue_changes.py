"""How entries differ, and how a site's change is laid over a release's entry."""

from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.catalogue_changes import FieldChange, differences, merged

words = st.lists(st.sampled_from(["ssri", "qt", "maoi", "targets:insomnia"]), unique=True)
tables = st.dictionaries(st.sampled_from(["rxnorm", "atc"]), st.sampled_from(["1", "2"]))
entries = st.fixed_dictionaries({"name": st.text(max_size=3), "classes": words, "codes": tables})


def alike(one, other):
    return {**one, "classes": set(one["classes"])} == {**other, "classes": set(other["classes"])}


def test_only_what_differs_is_named():
    before = {"name": "CBT", "classes": ["talking"], "retired": False}

    assert differences(before, {**before, "name": "Talking"}) == (
        FieldChange("name", "CBT", "Talking"),
    )
    assert differences(None, {**before, "classes": []}) == (
        FieldChange("name", None, "CBT"),
        FieldChange("retired", None, False),
    )


def test_neither_the_sites_nor_the_releases_change_is_lost():
    before = {"name": "A", "classes": ["ssri"], "codes": {"atc": "1"}, "source": "old"}
    site = {**before, "name": "B", "classes": ["ssri", "own"], "codes": {"atc": "1", "rxnorm": "2"}}
    release = {**before, "classes": ["ssri", "qt"], "codes": {"atc": "3"}, "source": "new"}

    assert merged(release, before, site) == {
        "name": "B",
        "classes": ["ssri", "qt", "own"],
        "codes": {"atc": "3", "rxnorm": "2"},
        "source": "new",
    }


def test_what_a_site_took_away_stays_away():
    before = {"classes": ["ssri", "qt"], "codes": {"atc": "1", "rxnorm": "2"}}
    site = {"classes": ["ssri"], "codes": {"atc": "1"}}

    assert merged(before, before, site) == site


@given(before=entries, site=entries)
def test_over_an_unchanged_release_the_sites_entry_is_the_sites(before, site):
    assert alike(merged(before, before, site), site)


@given(release=entries, before=entries)
def test_without_a_change_of_the_site_the_release_is_the_releases(release, before):
    assert merged(release, before, before) == release
