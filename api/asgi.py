"""The web server's way in."""

import gc
import os

from django import setup
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")
setup()

# By its name, because it reads records, and those exist only now.
application = import_string("api.front.Front")()

# A patient's record is some ten thousand objects, for which the collector would look through all
# of the program each time. What is here now stays, and nearly all of a request goes without cycles.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)
