"""A real PostgreSQL, with a task queue in it, that starts by itself and lives under one directory.

`connection`, `broker` and `broker_for` only name things, so settings may call them; the other
three start, stop and look. This room knows no Django.
"""

from recommender.embedded.connections import broker, broker_for, connection
from recommender.embedded.errors import EmbeddedServerError
from recommender.embedded.queue import install_queue, is_queue_installed
from recommender.embedded.server import Status, ensure_running, status, stop

__all__ = [
    "EmbeddedServerError",
    "Status",
    "broker",
    "broker_for",
    "connection",
    "ensure_running",
    "install_queue",
    "is_queue_installed",
    "status",
    "stop",
]
