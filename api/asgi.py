"""The web server's way in."""

import os

from django import setup
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")
setup()

# By its name, because it reads records, and those exist only now.
application = import_string("api.front.Front")()
