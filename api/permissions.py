"""Who may do what: one table of address, method and role, read by the API and by its tests."""

from collections.abc import Mapping

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.authentication import Caller
from recommender.services.access import Role

Roles = frozenset[Role]

EVERYONE: Roles = frozenset(Role)
CARE: Roles = frozenset({Role.CLINICIAN, Role.EHR_CLIENT})
CLINICIAN: Roles = frozenset({Role.CLINICIAN})
ADMIN: Roles = frozenset({Role.DATASET_ADMIN})
AUDITOR: Roles = frozenset({Role.AUDITOR})

# An address that isn't here is closed to everybody, and so is a method that isn't.
ACCESS: Mapping[str, Mapping[str, Roles]] = {
    "v1:suggestions": {"POST": CARE},
    "v1:suggestion": {"GET": CARE},
    "v1:reviews": {"POST": CLINICIAN},
    "v1:review-second": {"POST": CLINICIAN},
    "v1:alerts": {"GET": CLINICIAN},
    "v1:alert-acknowledge": {"POST": CLINICIAN},
    "v1:datasets": {"GET": ADMIN},
    "v1:dataset": {"GET": ADMIN},
    "v1:dataset-upload": {"POST": ADMIN},
    "v1:uploads": {"GET": ADMIN},
    "v1:upload": {"GET": ADMIN},
    "v1:dataset-publish": {"POST": ADMIN},
    "v1:dataset-withdraw": {"POST": ADMIN},
    "v1:dataset-report": {"GET": ADMIN},
    "v1:dataset-card": {"GET": ADMIN},
    "v1:training-runs": {"GET": ADMIN, "POST": ADMIN},
    "v1:training-run": {"GET": ADMIN},
    "v1:training-run-cancel": {"POST": ADMIN},
    "v1:training-run-events": {"GET": ADMIN},
    "v1:model-versions": {"GET": ADMIN},
    "v1:model-version": {"GET": ADMIN},
    "v1:model-version-propose": {"POST": ADMIN},
    "v1:model-version-promote": {"POST": ADMIN},
    "v1:model-version-roll-back": {"POST": ADMIN},
    "v1:model-version-evaluation": {"GET": ADMIN},
    "v1:model-version-report": {"GET": ADMIN},
    "v1:model-version-study": {"POST": ADMIN},
    # Every suggestion list links to the card of its version, so whoever gets lists may read it.
    "v1:model-version-card": {"GET": ADMIN | CARE},
    "v1:pathways": {"GET": EVERYONE, "POST": ADMIN},
    "v1:pathway": {"GET": EVERYONE, "PATCH": ADMIN},
    # What is written here goes into the draft of the catalogue and holds when that is published.
    "v1:therapies": {"GET": EVERYONE, "POST": ADMIN},
    "v1:therapy": {"GET": EVERYONE, "PATCH": ADMIN},
    "v1:vocabulary": {"GET": EVERYONE, "POST": ADMIN},
    "v1:concept": {"GET": EVERYONE, "PATCH": ADMIN},
    "v1:conditions": {"GET": EVERYONE, "POST": ADMIN},
    "v1:condition": {"GET": EVERYONE, "PATCH": ADMIN},
    "v1:instruments": {"GET": EVERYONE},
    "v1:instrument": {"GET": EVERYONE},
    "v1:instrument-score": {"POST": EVERYONE},
    "v1:safety-rules": {"GET": EVERYONE, "POST": ADMIN},
    "v1:safety-rule": {"GET": EVERYONE, "PATCH": ADMIN},
    "v1:catalogue-versions": {"GET": EVERYONE, "POST": ADMIN},
    "v1:catalogue-version": {"GET": EVERYONE},
    "v1:catalogue-change": {"DELETE": ADMIN},
    "v1:catalogue-version-sign": {"POST": ADMIN},
    "v1:catalogue-version-publish": {"POST": ADMIN},
    "v1:catalogue-version-discard": {"POST": ADMIN},
    "v1:stops": {"GET": EVERYONE, "POST": ADMIN},
    "v1:stop-lift": {"POST": ADMIN},
    "v1:audit-events": {"GET": AUDITOR},
}

# Pages know people who logged in, not tokens; `api.pages.guard` asks this table.
PAGE_ACCESS: Mapping[str, Mapping[str, Roles]] = {
    "pages:home": {"GET": EVERYONE},
    "pages:queue": {"GET": CLINICIAN},
    "pages:review": {"GET": CLINICIAN, "POST": CLINICIAN},
    "pages:compare": {"GET": CLINICIAN},
    "pages:print": {"GET": CLINICIAN},
    "pages:plan": {"POST": CLINICIAN},
    "pages:second": {"POST": CLINICIAN},
    "pages:take-up": {"POST": CLINICIAN},
    "pages:acknowledge": {"POST": CLINICIAN},
    "pages:ask": {"GET": CLINICIAN, "POST": CLINICIAN},
    "pages:trial": {"GET": ADMIN, "POST": ADMIN},
    "pages:ehr": {"GET": CLINICIAN},
    "pages:ehr-token": {"POST": CLINICIAN},
}

# EHRs sign every call, or what gets them a token: `recommender.services.cds_clients` asks who did.
SIGNED = frozenset({"cds:services", "cds:service", "cds:feedback", "oauth:token"}) | {
    "smart:launch",
    "smart:callback",
}

# Open to everybody: they hold no data. `/metrics` has a token of its own (METRICS_TOKEN).
PUBLIC = frozenset(
    {"livez", "readyz", "metrics", "schema", "docs", "login", "logout", "oauth:configuration"}
)


def may(roles: Roles, address: str, method: str) -> bool:
    """Whether somebody with these roles may use the method at the address of that name."""
    asked = "GET" if method == "HEAD" else method
    methods = ACCESS.get(address) or PAGE_ACCESS.get(address, {})
    return not roles.isdisjoint(methods.get(asked, frozenset()))


def in_scope(scope: str, method: str) -> bool:
    """Whether a token of this scope may use the method; one without a scope may use all."""
    letters = scope.rpartition(".")[2]
    return not scope or ("r" if method in {"GET", "HEAD", "OPTIONS"} else "c") in letters


class RolePermission(BasePermission):
    """Asks the table."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Whether the caller's roles allow the method here."""
        del view
        match = request.resolver_match
        if match is None or not isinstance(request.auth, Caller):
            return False
        known = ACCESS.get(match.view_name, {})
        method = request.method or ""
        if method not in known and method != "HEAD":
            # Nobody may, so the answer is 405 by the view, not 403: it isn't about the role.
            return bool(known)
        return may(request.auth.roles, match.view_name, method) and in_scope(
            request.auth.scope, method
        )
