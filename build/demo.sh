#!/usr/bin/env bash
# Restores, builds and runs samples/Quickstart. Usage: build/demo.sh [--gpu] [--output DIR]
# Without --output, what the sample makes goes to artifacts/quickstart.
set -euo pipefail
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
take_flags "$@"
"$root/build/restore.sh"
cd "$root"
dotnet msbuild samples/Quickstart/Quickstart.csproj -p:Configuration=Release -nologo -v:quiet || fail "the build failed (messages above)."
# Run from where the user is: DIR may be relative.
cd "$here"
exec dotnet "$root/samples/Quickstart/bin/Release/net10.0/Quickstart.dll" ${rest[@]+"${rest[@]}"}
