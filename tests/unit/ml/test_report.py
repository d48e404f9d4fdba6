"""The report is one page that anyone can read, print and keep."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from recommender.ml import training
from recommender.ml.recipes import RECIPES
from recommender.ml.report import SECTIONS, html_report
from recommender.ml.study import study
from recommender.services.version_figures import comparison_rows
from tests import learned


@pytest.fixture(scope="module")
def page():
    made = learned.outcome()
    studied = study(
        learned.data(), RECIPES["response-rate"], seed=1, tell=lambda _stage, _done: None
    )
    evaluation = {**made.evaluation, "study": {**studied, "version_before": None}}
    gates = [line.to_json() for line in made.gates]
    return html_report("a <b>", evaluation, gates=gates, simulated=True)


class Outline(HTMLParser):
    """The ids, the headings and how elements open and close."""

    def __init__(self):
        super().__init__()
        self.ids, self.open, self.references = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.references += re.findall(r"url\(#([^)]+)\)", " ".join(v or "" for _, v in attrs))
        self.references += [v[1:] for k, v in attrs if k.endswith("href") and v.startswith("#")]
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_every_id_is_its_own(page):
    outline = Outline()
    outline.feed(page)

    assert outline.open == []
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.references) <= set(outline.ids)


def test_the_page_loads_nothing_and_runs_nothing(page):
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"'](?!#)", page)
    assert "@import" not in page


def test_every_section_is_there_and_every_plot_has_words(page):
    assert all(f"<h2>{head}</h2>" in page for head in SECTIONS)
    assert page.count("<svg") == page.count("role='img' aria-label='") >= 5


def test_ranking_and_the_choice_of_therapies_are_told_as_well(page):
    for told in ("NDCG", "helped among the first five", "effective first places", "Brier"):
        assert f">{told}</th>" in page
    assert "attempts whose weight was cut" in page
    assert "foretells what is given, beyond shares" in page


def test_what_cannot_be_told_is_stored_as_nothing_and_shown_as_a_dash():
    """The first attempts aren't on record, as in a clinic for those whom others couldn't help."""
    made = learned.data()
    later = replace(made.attempts, sequence=made.attempts.sequence + 1)

    found = training.carry_out(
        replace(made, attempts=later),
        RECIPES["response-rate"],
        seed=1,
        rules=(),
        simulated=False,
        progress=lambda _stage, _share: None,
    ).evaluation

    json.dumps(found, allow_nan=False)
    assert comparison_rows(found)[0][4] == "–"
    assert "<td>–</td>" in html_report("x", found, simulated=False)


def test_published_studies_are_shown_with_what_they_do_not_say():
    made = learned.outcome(evidence=learned.STUDIES)

    page = html_report("x", made.evaluation, simulated=False)

    assert "3 studies compared 2 therapies with a control of their own" in page
    assert "No study compared active therapies with each other" in page
    assert "cbt (2)" in page
    assert "doesn&#x27;t say that it is better" in page


def test_without_published_studies_the_report_says_so(page):
    assert "No published studies are attached to the pathway." in page


def test_simulated_data_are_named_and_a_name_is_no_markup(page):
    assert "SIMULATED DATA" in page
    assert "a &lt;b&gt;" in page
    assert "<b>" not in page


def test_the_same_evaluation_makes_the_same_page(page):
    made = learned.outcome()

    twice = {html_report("x", made.evaluation, simulated=False) for _ in range(2)}

    assert len(twice) == 1
    assert "SIMULATED" not in twice.pop()
