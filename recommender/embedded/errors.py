"""What goes wrong with the embedded server, in words that say what to do."""


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL can't be installed, started, found or stopped."""
