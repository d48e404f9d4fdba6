#!/bin/sh
# Renew the hash-locked dependency sets from pyproject.toml (`make lock`). Needs `uv` on the PATH.
set -eu
cd "$(dirname "$0")/.."
lock() {
  out=$1; shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --custom-compile-command "make lock" "$@" --output-file "requirements/$out.txt"
}
lock build   --group build
lock runtime pyproject.toml
lock demo    pyproject.toml --extra demo --constraint requirements/runtime.txt
lock test    pyproject.toml --extra demo --group test --group check --constraint requirements/demo.txt
lock clients --group clients
# The clients in JavaScript have a lock of their own, without the address it was resolved at.
npm install --prefix tests/functional/api/clients --package-lock-only --omit-lockfile-registry-resolved \
  --no-audit --no-fund --silent
