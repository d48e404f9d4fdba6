"""The application for callers that don't close what it answers, as every real server does."""

from api.wsgi import application


def closing(environ, start_response):
    """The answer as a whole, with all that it held let go."""
    answer = application(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()
