"""Everything that the clock starts, in one place. `celery -A tasks.celery beat` reads it."""

from datetime import timedelta
from typing import Any

RECOVER_EVERY = timedelta(seconds=10)
PIN_AUDIT_EVERY = timedelta(hours=1)
CHECK_AUDIT_EVERY = timedelta(hours=1)
FORGET_EVERY = timedelta(hours=1)

# A task that waited longer than its interval is dropped: the next one does the same.
SCHEDULE: dict[str, dict[str, Any]] = {
    "give lost work to another worker": {
        "task": "tasks.maintenance.recover",
        "schedule": RECOVER_EVERY,
        "options": {"expires": RECOVER_EVERY.total_seconds()},
    },
    "say where the audit chain ends": {
        "task": "tasks.maintenance.pin_audit_chain",
        "schedule": PIN_AUDIT_EVERY,
        "options": {"expires": PIN_AUDIT_EVERY.total_seconds()},
    },
    "walk the audit chain": {
        "task": "tasks.audit_chain.check_audit_chain",
        "schedule": CHECK_AUDIT_EVERY,
        "options": {"expires": CHECK_AUDIT_EVERY.total_seconds()},
    },
    "forget the answers to requests of yesterday": {
        "task": "tasks.maintenance.forget_answers",
        "schedule": FORGET_EVERY,
        "options": {"expires": FORGET_EVERY.total_seconds()},
    },
}
