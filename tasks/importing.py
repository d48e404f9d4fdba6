"""What workers import: uploads that wait. Doors don't import this."""

from uuid import UUID

from recommender.services import upload_imports
from tasks.celery import app


@app.task(acks_late=True, ignore_result=True)
def import_upload(upload_id: str) -> None:
    """Import one upload. Safe to deliver twice: only a waiting upload is begun."""
    upload_imports.carry_out(upload_id=UUID(upload_id))
