"""Prepared statements answer as Django's own do, and outlive a connection."""

import pytest
from django.db import OperationalError, connection, transaction

from recommender import models
from recommender.services import prepared

MINE = "SELECT pg_backend_pid()"


def cut_off():
    """End this thread's connection at the server, as a restart of it would."""
    ((pid,),) = prepared.rows(MINE, [])
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


@pytest.mark.django_db
def test_a_record_is_read_as_django_reads_it():
    models.CdsClient.objects.create(
        name="ward EHR", issuer="https://ehr.example", keys={"keys": [{"kid": "a"}]}, origins=["x"]
    )

    (found,) = prepared.records(models.CdsClient, "SELECT * FROM recommender_cdsclient", [])

    expected = models.CdsClient.objects.get()
    names = [field.attname for field in models.CdsClient._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(expected, name) for name in names]
    assert found == expected


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced():
    cut_off()

    assert prepared.rows("SELECT %s::int", [7]) == [(7,)]


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_a_connection_that_died_is_an_error():
    def cut_off_within():
        with transaction.atomic():
            cut_off()
            prepared.rows(MINE, [])

    with pytest.raises(OperationalError):
        cut_off_within()
