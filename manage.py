#!/usr/bin/env python
"""The operators' door: `manage.py help` lists the commands."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from recommender.embedded import EmbeddedServerError
from recommender.management.preparation import prepare_for

BAD_INPUT = 2
OUT_OF_REACH = 4


def main() -> None:
    """Bring up what the command needs, then run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")
    try:
        django.setup()
        prepare_for(sys.argv[1:])
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(BAD_INPUT)
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(OUT_OF_REACH)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
