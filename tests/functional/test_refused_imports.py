"""Bad files: each is refused with a sentence to act on, and leaves the database as it was."""

import hashlib
import io
import json
import stat
import zipfile

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from recommender import models

pytestmark = pytest.mark.django_db

MARK = "Zyxwvut"
"""Stands for what may not be told on: no message, row or log may hold it."""

CASES = "case,year,site\na,2020,north\nb,2021,south\n"
FINDINGS = "case,kind,code,value\na,symptom,insomnia,2\nb,symptom,anxiety,\n"
RESPONSES = "case,therapy,sequence,response\na,sertraline,1,none\nb,cbt,1,0.8\n"


def folder(place, /, **tables):
    """A good folder but for the tables given; None leaves one out."""
    texts = {"cases": CASES, "findings": FINDINGS, "responses": RESPONSES, **tables}
    place.mkdir()
    for name, text in texts.items():
        if text is not None:
            content = text if isinstance(text, bytes) else text.encode()
            (place / f"{name}.csv").write_bytes(content)
    return place


def table(name, text):
    """A folder with this table in place of the good one."""
    return lambda tmp: folder(tmp / "set", **{name: text})


def findings(row):
    return table("findings", FINDINGS + row + "\n")


def responses(row):
    return table("responses", RESPONSES + row + "\n")


def cases(row):
    return table("cases", CASES + row + "\n")


def descriptor(text):
    def build(tmp):
        place = folder(tmp / "set")
        (place / "dataset.json").write_text(text)
        return place

    return build


def archive(tmp, members):
    path = tmp / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members:
            file.writestr(name, text)
    return path


GOOD_MEMBERS = (("cases.csv", CASES), ("findings.csv", FINDINGS), ("responses.csv", RESPONSES))


def zipped(*members):
    return lambda tmp: archive(tmp, (*GOOD_MEMBERS, *members))


def a_linking_zip(tmp):
    link = zipfile.ZipInfo("therapies.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return archive(tmp, (*GOOD_MEMBERS, (link, "/etc/passwd")))


def a_locked_zip(tmp):
    path = archive(tmp, GOOD_MEMBERS)
    content = bytearray(path.read_bytes())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(sign)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(sign, start + 4)
    path.write_bytes(content)
    return path


def a_cut_zip(tmp):
    path = archive(tmp, GOOD_MEMBERS)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def a_cut_parquet(tmp):
    place = folder(tmp / "set", cases=None)
    pl.DataFrame({"case": ["a", "b"]}).write_parquet(place / "cases.parquet")
    content = (place / "cases.parquet").read_bytes()
    (place / "cases.parquet").write_bytes(content[:-20])
    return place


def both_formats(tmp):
    place = folder(tmp / "set")
    pl.DataFrame({"case": ["a", "b"]}).write_parquet(place / "cases.parquet")
    return place


def a_wide_column_set(tmp):
    header = ",".join(f"c{n}" for n in range(3_000))
    return folder(tmp / "set", cases=f"case,{header}\n")


def an_endless_field(tmp):
    return folder(tmp / "set", findings=FINDINGS + "a,symptom," + "x" * 10_000_000 + ",1\n")


def an_empty_folder(tmp):
    (tmp / "set").mkdir()
    return tmp / "set"


def a_lone_table(tmp):
    (tmp / "wide.csv").write_text("a,b\n1,2\n")
    return tmp / "wide.csv"


def a_text_file(tmp):
    (tmp / "notes.txt").write_text(MARK)
    return tmp / "notes.txt"


# Each: what to import, words that the message holds, of which the first say where.
BAD_FILES = {
    "nothing there": (lambda tmp: tmp / "nowhere", ["no such file", "Check the path"]),
    "an empty folder": (an_empty_folder, ["cases"]),
    "a table without a mapping": (a_lone_table, ["needs a mapping", "--mapping"]),
    "a file of another kind": (a_text_file, ["mapping"]),
    "no cases": (table("cases", None), ["cases"]),
    "no findings": (table("findings", None), ["findings"]),
    "an empty file": (table("findings", ""), ["findings.csv", "empty"]),
    "a column is missing": (
        table("findings", "case,code\na,insomnia\n"),
        ["findings.csv", "kind"],
    ),
    "an unknown column": (
        table("cases", "case,year,site,shoe_size\na,2020,north,42\n"),
        ["cases.csv", "shoe_size"],
    ),
    "one column twice": (table("cases", "case,year,year\na,2020,2020\n"), ["cases.csv", "year"]),
    "too many columns": (a_wide_column_set, ["cases.csv"]),
    "UTF-16": (table("findings", FINDINGS.encode("utf-16")), ["findings.csv", "UTF-8"]),
    "Latin-1": (
        table("findings", (FINDINGS + "a,symptom,m\xfcde,1\n").encode("latin-1")),
        ["findings.csv", "row 4", "UTF-8"],
    ),
    "a quote that stays open": (
        table("findings", FINDINGS + 'a,symptom,"worry,1\n'),
        ["findings.csv", "quote"],
    ),
    "a row with too many cells": (findings("a,symptom,worry,1,2"), ["findings.csv", "row 4"]),
    "a row with too few cells": (findings("a,symptom"), ["findings.csv", "row 4"]),
    "a zero byte": (findings("a,symptom,wor\0ry,1"), ["findings.csv", "row 4", "code"]),
    "ten million characters": (an_endless_field, ["findings.csv", "row 4"]),
    "a case twice": (cases("a,2020,north"), ["cases.csv", "row 4", "case"]),
    "a finding twice": (findings("a,symptom,insomnia,1"), ["findings.csv", "row 4"]),
    "a course twice": (responses("a,sertraline,1,none"), ["responses.csv", "row 4"]),
    "findings of nobody": (findings(f"{MARK},symptom,anxiety,1"), ["findings.csv", "row 4"]),
    "responses of nobody": (responses(f"{MARK},cbt,1,none"), ["responses.csv", "row 4"]),
    "no case id": (findings(",symptom,anxiety,1"), ["findings.csv", "row 4", "case"]),
    "another kind of finding": (findings("a,mood,anxiety,1"), ["findings.csv", "row 4", "kind"]),
    "an unknown therapy": (
        responses(f"a,{MARK},1,none"),
        ["responses.csv", "row 4", "therapy", "therapies.csv"],
    ),
    "severity 4": (findings("a,symptom,anxiety,4"), ["findings.csv", "row 4", "value", "3"]),
    "severity -1": (findings("a,symptom,anxiety,-1"), ["findings.csv", "row 4", "value"]),
    "a severity that is no number": (findings("a,symptom,anxiety,NaN"), ["row 4", "value"]),
    "an endless severity": (findings("a,symptom,anxiety,inf"), ["row 4", "value"]),
    "a response of 1.5": (responses("a,cbt,2,1.5"), ["responses.csv", "row 4", "response"]),
    "a response of NaN": (responses("a,cbt,2,nan"), ["responses.csv", "row 4", "response"]),
    "another word for a response": (
        responses("a,cbt,2,better"),
        ["responses.csv", "row 4", "response", "remission"],
    ),
    "a sequence of 0": (responses("a,cbt,0,none"), ["responses.csv", "row 4", "sequence"]),
    "a sequence of one and a half": (responses("a,cbt,1.5,none"), ["row 4", "sequence"]),
    "a date for a year": (cases("c,20250131,north"), ["cases.csv", "row 4", "year"]),
    "a case id that is too long": (cases("c" * 300 + ",2020,north"), ["cases.csv", "row 4"]),
    "a name for a site": (cases(f"c,2020,Dr. {MARK}"), ["cases.csv", "row 4", "site"]),
    "an e-mail in a code": (
        findings(f"a,symptom,{MARK}@example.org,1"),
        ["findings.csv", "row 4", "code", "e-mail"],
    ),
    "an e-mail as a case id": (cases(f"{MARK}@example.org,2020,north"), ["cases.csv", "row 4"]),
    "a phone number for a site": (cases("c,2020,+44 20 7946 0958"), ["row 4", "site", "phone"]),
    "an address for a site": (cases(f"c,2020,12 {MARK} Street"), ["row 4", "site", "address"]),
    "a date for a value": (findings("a,symptom,anxiety,2024-05-17"), ["row 4", "value"]),
    "a sentence for a site": (
        cases(f"c,2020,the clinic that {MARK} went to last year"),
        ["row 4", "site", "free text"],
    ),
    "a column of names": (
        table("cases", f"case,name\na,{MARK}\n"),
        ["cases.csv", "name", "remove"],
    ),
    "a column of birthdays": (
        table("cases", "case,date_of_birth\na,1980-01-01\n"),
        ["cases.csv", "date_of_birth"],
    ),
    "a column of record numbers": (table("cases", "case,mrn\na,1\n"), ["cases.csv", "mrn"]),
    "a descriptor that is no JSON": (descriptor("{"), ["dataset.json", "JSON"]),
    "a descriptor that is a list": (descriptor("[]"), ["dataset.json", "object"]),
    "an unknown field of a descriptor": (descriptor('{"colour": 1}'), ["dataset.json", "colour"]),
    "simulated, but not true or false": (
        descriptor('{"simulated": "yes"}'),
        ["dataset.json", "simulated"],
    ),
    "one table in two formats": (both_formats, ["cases"]),
    "half a Parquet file": (a_cut_parquet, ["cases.parquet"]),
    "half a zip": (a_cut_zip, ["set.zip", "zip"]),
    "a locked zip": (a_locked_zip, ["password"]),
    "a path out of the zip": (zipped(("../../evil.csv", "x")), ["set.zip"]),
    "a path from the root in a zip": (zipped(("/etc/evil.csv", "x")), ["set.zip"]),
    "a link in a zip": (a_linking_zip, ["link"]),
    "a zip in a zip": (zipped(("more.zip", "PK")), ["more.zip"]),
    "a zip bomb": (zipped(("therapies.csv", "a" * 50_000_000)), ["therapies.csv"]),
}


@pytest.fixture(scope="module", autouse=True)
def with_the_catalogue(django_db_setup, django_db_blocker):
    """Loaded once: what a test does on top of it is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_catalogue", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


def digest_of_database():
    """Every row of every table, as one number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = hashlib.sha256()
        for name in tables:
            cursor.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1')
            rows.update(repr((name, cursor.fetchall())).encode())
    return rows.hexdigest()


def refusal(path, *options):
    """The message that an import ends with, and everything it printed before."""
    output, errors = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command(
            *("import_dataset", str(path), "--name", "bad", "--pathway", "depression", *options),
            stdout=output,
            stderr=errors,
        )
    assert refused.value.returncode == 2
    return str(refused.value), output.getvalue() + errors.getvalue()


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_and_leaves_no_trace(name, tmp_path, caplog):
    build, words = BAD_FILES[name]
    path = build(tmp_path)
    before = digest_of_database()

    message, printed = refusal(path)

    assert [word for word in words if word.lower() not in message.lower()] == [], message
    assert MARK not in message + printed + caplog.text
    assert digest_of_database() == before


MAPPING = """
[about]
title = "A trial"
source = "somewhere"
licence = "CC0-1.0"
description = "Two arms."

[attempt]
therapy = "arm"
arms = {{ A = "cbt", B = "sertraline" }}
response = "{response}"
why = "halved"

[[findings]]
column = "{column}"
kind = "symptom"
code = "insomnia"
value_type = "severity"

[drop]
score = "the outcome"
"""
WIDE = "arm,sleep,score\nA,2,1\nB,1,0\n"


def mapped(**changes):
    values = {"response": "score == 1", "column": "sleep", **changes}
    return MAPPING.format(**values)


BAD_MAPPINGS = {
    "no TOML": ("[about", ["mapping.toml"]),
    "an unknown key": (mapped() + "\n[colours]\na = 1\n", ["mapping.toml", "colours"]),
    "a column that isn't there": (mapped(column="weight"), ["weight"]),
    "a response of a column that isn't there": (mapped(response="weight > 1"), ["weight"]),
    "a call": (mapped(response="__import__('os').system('true')"), ["response"]),
    "an attribute": (mapped(response="score.__class__"), ["response"]),
    "an unfinished expression": (mapped(response="score >"), ["response"]),
    "a nest without end": (mapped(response="(" * 5_000 + "score" + ")" * 5_000), ["response"]),
    "no such value type": (
        mapped().replace('value_type = "severity"', 'value_type = "feeling"'),
        ["value_type"],
    ),
}


@pytest.mark.parametrize("name", BAD_MAPPINGS)
def test_a_bad_mapping_is_refused_and_leaves_no_trace(name, tmp_path):
    text, words = BAD_MAPPINGS[name]
    (tmp_path / "wide.csv").write_text(WIDE)
    (tmp_path / "mapping.toml").write_text(text)
    before = digest_of_database()

    message, _ = refusal(tmp_path / "wide.csv", "--mapping", str(tmp_path / "mapping.toml"))

    assert [word for word in words if word.lower() not in message.lower()] == [], message
    assert digest_of_database() == before


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = folder(tmp_path / "set", findings=b"\xef\xbb\xbf" + FINDINGS.encode())

    output = io.StringIO()
    call_command(
        *("import_dataset", str(path), "--name", "good", "--pathway", "depression", "--json"),
        stdout=output,
    )

    assert json.loads(output.getvalue())["report"]["findings"] == 2


def test_a_code_may_hold_a_comma(tmp_path):
    path = folder(tmp_path / "set", findings=FINDINGS + 'b,symptom,"psychoses,_drug",1\n')

    call_command("import_dataset", path, name="set", pathway="depression", verbosity=0)

    assert models.ConceptRecord.objects.filter(code="psychoses,_drug").exists()


def test_a_formula_is_no_code(tmp_path):
    path = folder(tmp_path / "set", findings=FINDINGS + '"a",symptom,"=HYPERLINK(1)",1\n')

    message, _ = refusal(path)

    assert "row 4" in message
    assert "HYPERLINK" not in message


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    rows = "a,mood,worry_uncontrollable,1\na,symptom,b@example.org,1\n"
    path = folder(tmp_path / "set", findings=FINDINGS + rows, cases=CASES + "c,1,north\n")

    message, _ = refusal(path)

    assert "findings.csv" in message
    assert "cases.csv" in message
    assert message.count("row ") >= 3
