"""A bad file at the command line itself: an exit code, a sentence on stderr, no traceback."""

import io

import pytest
from django.core.management import call_command

from tests.functional.test_refused_imports import MARK, RESPONSES, folder

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_command_line_ends_with_2_and_says_it_on_stderr(tmp_path, run_command):
    call_command("load_catalogue", stdout=io.StringIO())
    path = folder(tmp_path / "set", responses=RESPONSES + f"a,{MARK},1,none\n")

    done = run_command("import_dataset", str(path), "--name", "bad", "--pathway", "depression")

    assert done.returncode == 2
    assert "responses.csv, row 4, field 'therapy'" in done.stderr
    assert MARK not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
