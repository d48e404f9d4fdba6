"""An import of a million findings beside COPY of the same rows, and the memory it takes.

The floor is PostgreSQL alone: COPY of the rows, already as text, into tables with the product's
columns, indexes and constraints. The import does that and all the rest: it reads and checks every
cell, looks for identifiers, replaces ids by pseudonyms, counts k-anonymity, and commits whole.
Rounds alternate, each on empty tables.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.own_services import own_services

FLOOR = 0.60
MOST_BYTES = 1024**3
CASES = 25_000
ROUNDS = 3
TABLES = ("caserecord", "findingrecord", "therapyresponse")


def main() -> int:
    """Measure; 0 when both formats reach the floor within the memory."""
    with own_services() as state:
        folders = {name: _simulated(state, name) for name in ("csv", "parquet")}
        peak = max(_peak_bytes(folder) for folder in folders.values())
        shares = {name: _share(name, folder) for name, folder in folders.items()}
    for name, share in shares.items():
        print(f"import of {name}: {share:.0%} of COPY alone (floor {FLOOR:.0%})")
    print(f"peak memory of an import: {peak / 1024**2:,.0f} MiB (at most 1,024)")
    reached = min(shares.values()) >= FLOOR and peak <= MOST_BYTES
    print("PASS" if reached else "FAIL")
    return 0 if reached else 1


def _simulated(state: Path, file_format: str) -> Path:
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

    folder = state / f"simulated-{file_format}"
    call_command(
        *("simulate_dataset", "--pathway", "depression", "--cases", str(CASES), "--seed", "1"),
        *("--output", str(folder), "--format", file_format),
    )
    return folder


def _share(name: str, folder: Path) -> float:
    """COPY's time as a share of the import's, the median of the rounds."""
    shares = []
    for number in range(ROUNDS):
        imported = _import(folder)
        copied = _copy_alone()
        shares.append(copied / imported)
        print(
            f"{name}, round {number + 1}: import {imported:.1f} s, COPY alone {copied:.1f} s: "
            f"{shares[-1]:.0%}",
            flush=True,
        )
        _empty()
    return statistics.median(shares)


def _import(folder: Path) -> float:
    from recommender.services import dataset_files, datasets  # noqa: PLC0415 - after django.setup()

    begun = time.perf_counter()
    content = dataset_files.read(path=folder, pathway="depression")
    datasets.import_dataset(content=content, name="bench", pathway="depression", by="benchmark")
    return time.perf_counter() - begun


def _copy_alone() -> float:
    """COPY the imported rows, read back as text beforehand, into tables made alike."""
    from django.db import connection, transaction  # noqa: PLC0415 - after django.setup()

    with connection.cursor() as cursor:
        texts = {}
        for table in TABLES:
            with cursor.copy(f"COPY recommender_{table} TO STDOUT") as copy:
                texts[table] = b"".join(copy)
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE recommender_{table} INCLUDING ALL)")
        _reference_like_the_product(cursor)
        begun = time.perf_counter()
        with transaction.atomic():
            for table, text in texts.items():
                with cursor.copy(f"COPY bench_{table} FROM STDIN") as copy:
                    copy.write(text)
        taken = time.perf_counter() - begun
        cursor.execute(f"DROP TABLE {', '.join(f'bench_{table}' for table in TABLES)}")
    return taken


def _reference_like_the_product(cursor: object) -> None:
    """LIKE leaves foreign keys out; each of the product's is made again between the copies."""
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
        [[f"recommender_{table}" for table in TABLES]],
    )
    for table, definition in cursor.fetchall():  # type: ignore[attr-defined]
        own = table.replace("recommender_", "bench_")
        refers = definition.replace("recommender_caserecord", "bench_caserecord")
        cursor.execute(f"ALTER TABLE {own} ADD {refers}")  # type: ignore[attr-defined]


def _empty() -> None:
    from django.db import connection  # noqa: PLC0415 - after django.setup()

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE recommender_dataset CASCADE")


def _peak_bytes(folder: Path) -> int:
    """The peak memory of `import_dataset` in a process of its own."""
    command = [sys.executable, "manage.py", "import_dataset", str(folder), "--name", "memory"]
    process = subprocess.Popen(
        [*command, "--pathway", "depression"],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("The import failed.")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
