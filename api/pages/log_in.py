"""Logging in: by name and password, or through the EHR that somebody works in."""

from typing import Any

from django.contrib.auth.views import LoginView

from recommender.services import smart_launch


class LogIn(LoginView):
    """The ordinary log-in, and the EHRs that clinicians may come in from."""

    template_name = "login.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """With the EHRs, each by its name and the address that a launch names."""
        return super().get_context_data(ehrs=smart_launch.known_ehrs(), **more)
