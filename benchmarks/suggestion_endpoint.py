"""The suggestion endpoint's share of a bare Django JsonResponse on the same server.

What a caller waits for is all there: token, role, throttle, the case checked, scored, screened,
ranked and explained, the list and its audit event committed, a log line, the metrics. The bare
endpoint runs without middleware behind the same front. Both have one worker on one core and eight
keep-alive connections; rounds alternate, so that a busy machine slows both.
"""

import json
import os
import statistics
import sys
from typing import Any

from benchmarks import http_load
from benchmarks.own_services import own_services
from benchmarks.servers import server

FLOOR = 0.12
CONNECTIONS = 8
ROUNDS = 5
SECONDS = 4.0
WARM_UP_SECONDS = 2.0


def main() -> int:
    """Measure; 0 when the floor is reached."""
    with own_services() as state:
        token, case = _prepare()
        log = state / "servers.log"
        first = {min(os.sched_getaffinity(0))}
        with (
            server("api.asgi:application", log, cores=first) as real,
            server("benchmarks.bare:application", log, cores=first) as bare,
        ):
            _keep_to_another_core()
            shares = _measure(real, bare, token, case)
    share = statistics.median(shares)
    reached = share >= FLOOR
    print(f"suggestion endpoint: {share:.1%} of a bare JsonResponse (floor {FLOOR:.0%})")
    print("PASS" if reached else "FAIL")
    return 0 if reached else 1


def _measure(real: int, bare: int, token: str, case: dict[str, Any]) -> list[float]:
    """The share in each round."""
    suggestion = http_load.post("/api/v1/suggestions/", json.dumps(case).encode(), token=token)
    plain = http_load.get("/bare/")
    shares = []
    for number in range(ROUNDS + 1):
        seconds = SECONDS if number else WARM_UP_SECONDS
        with_all = http_load.rate(
            real, suggestion, status=201, connections=CONNECTIONS, seconds=seconds
        )
        without = http_load.rate(bare, plain, status=200, connections=CONNECTIONS, seconds=seconds)
        if number:
            shares.append(with_all / without)
            print(
                f"round {number}: {with_all:,.0f} suggestion lists a second, "
                f"{without:,.0f} bare answers a second: {shares[-1]:.1%}",
                flush=True,
            )
    return shares


def _prepare() -> tuple[str, dict[str, Any]]:
    """A live version and a client; answers the token and a request."""
    from benchmarks import simulated_pathway  # noqa: PLC0415 - after django.setup()
    from recommender.services import access  # noqa: PLC0415

    version = simulated_pathway.make_live()
    request = simulated_pathway.request()
    print(f"{version}; a case with {len(request['case']['findings'])} findings")
    client = access.create_client(
        name="benchmark", roles=frozenset({access.Role.CLINICIAN}), by="benchmark"
    )
    return client.secret, request


def _keep_to_another_core() -> None:
    """Keep the caller off the servers' core, where there are several."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    sys.exit(main())
