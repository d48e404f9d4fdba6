"""The queue's connection string, which pgmq takes apart and joins again without quotes."""

import pytest
from pgmq.base import PGMQConfig
from psycopg.conninfo import conninfo_to_dict

from recommender import embedded


def as_the_queue_connects(database):
    _, options = embedded.broker_for(database)
    return conninfo_to_dict(PGMQConfig(conn_string=options["conn_string"]).dsn)


@pytest.mark.parametrize("awkward", ["with space", "quo'te", "back\\slash", "a=b", "p@ss/w%rd"])
def test_awkward_names_and_passwords_reach_the_server_as_they_are(awkward):
    database = {
        "NAME": awkward,
        "USER": awkward,
        "PASSWORD": awkward,
        "HOST": "db.example.org",
        "PORT": 6432,
    }

    assert as_the_queue_connects(database) == {
        "host": "db.example.org",
        "port": "6432",
        "dbname": awkward,
        "user": awkward,
        "password": awkward,
    }


def test_options_of_the_database_hold_for_the_queue_too():
    database = {
        "NAME": "care",
        "USER": "care",
        "PASSWORD": "secret",
        "HOST": "db.example.org",
        "PORT": "",
        "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/etc/a b.pem", "pool": True},
    }

    connected = as_the_queue_connects(database)

    assert connected["sslmode"] == "verify-full"
    assert connected["sslrootcert"] == "/etc/a b.pem"
    assert "pool" not in connected


def test_a_socket_directory_may_stand_among_the_options():
    database = {"NAME": "care", "USER": "care", "OPTIONS": {"host": "/run/a b"}}

    assert as_the_queue_connects(database)["host"] == "/run/a b"


def test_naming_a_server_neither_starts_nor_makes_anything(tmp_path):
    embedded.connection(tmp_path / "state")
    embedded.broker(tmp_path / "state")

    assert not (tmp_path / "state").exists()
