#!/usr/bin/env bash
# Makes the packages: the libraries with their symbols, and the command line for each platform. Usage: build/pack.sh [arguments of dotnet pack]
# They go to artifacts/packages. Their version comes from the last tag (v1.2.3); -p:MinVerVersionOverride=1.2.3 names another,
# -p:PackageBaseline=1.2.2 refuses what breaks with that release.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_sdk
cd "$root"
packages=$root/artifacts/packages
rm -rf "$packages"
for project in src/Microsoft.ML.Introspection src/Text src/Estimators src/Reports src/Images src/ModelBuilder src/Templates src/Tool; do
  echo "packing $project ..." >&2
  dotnet pack "$project" -c Release -o "$packages" --nologo -v quiet -p:ContinuousIntegrationBuild=true "$@" ||
    fail "$project could not be packed (messages above)."
done
(cd "$packages" && ls -l | awk 'NR > 1 { printf "%8.2f MB  %s\n", $5 / 1e6, $9 }')
