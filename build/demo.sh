#!/usr/bin/env bash
# Restores, builds and runs samples/Quickstart. Usage: build/demo.sh [--gpu] [arguments of the sample]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
take_flags "$@"
"$root/build/restore.sh"
cd "$root"
dotnet build samples/Quickstart/Quickstart.csproj -c Release --no-restore --nologo -v quiet || fail "the build failed (messages above)."
exec dotnet run --project samples/Quickstart -c Release --no-build -- ${rest[@]+"${rest[@]}"}
