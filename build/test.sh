#!/usr/bin/env bash
# Restores, builds, runs every test. Usage: build/test.sh [--gpu] [arguments of dotnet test, such as --filter NAME]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
take_flags "$@"
require_sdk
cd "$root"
restore Introspection.sln
dotnet build Introspection.sln -c Release --no-restore --nologo -v quiet || fail "the build failed (messages above); no test ran."

results=$root/artifacts/test-results
rm -rf "$results"
broken=()
for project in test/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  status=0
  dotnet test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    ${rest[@]+"${rest[@]}"} || status=$?
  # Failed tests are counted below; a run that ended otherwise (a crash, a bad argument) has no count to speak for it, whatever it says of
  # the tests that it came to.
  if [ $status -ne 0 ] && { ! grep -qs '<UnitTestResult [^>]*outcome="Failed"' "$results/$name.trx" || grep -qs 'test run was aborted' "$results/$name.trx"; }; then
    broken+=("$name")
  fi
done

# Each results file carries one line of counters; a skipped test is one that was found but not executed.
count() { cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total) passed=$(count passed) executed=$(count executed)
failed=$((executed - passed)) skipped=$((total - executed))
status=0
if [ ${#broken[@]} -gt 0 ]; then echo "error: did not run to the end: ${broken[*]}" >&2; status=1; fi
if [ "$executed" -eq 0 ]; then echo "error: no test ran" >&2; status=1; fi
if [ "$failed" -gt 0 ]; then status=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
