#!/usr/bin/env bash
# Writes down what the libraries offer, as the compiler tells it: src/*/PublicAPI.Unshipped.txt, what differs from what was shipped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_sdk
cd "$root"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for shipped in src/*/PublicAPI.Shipped.txt; do
  echo '#nullable enable' > "${shipped/Shipped/Unshipped}"
done
echo "building the libraries to hear what they offer ..." >&2
for project in src/Images; do
  dotnet build "$project" -c Release --nologo -v quiet -tl:off -p:TreatWarningsAsErrors=false >> "$log" ||
    fail "the build failed: $(grep -m1 ': error' "$log")"
done
for shipped in src/*/PublicAPI.Shipped.txt; do
  grep -F "[$root/$(dirname "$shipped")/" "$log" | sed -nE \
    -e "s/.* RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" \
    -e "s/.* RS0017: Symbol '(.*)' is part of the declared API, but .*/*REMOVED*\1/p" |
    LC_ALL=C sort -u >> "${shipped/Shipped/Unshipped}" || true
done
