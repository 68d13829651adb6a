#!/usr/bin/env bash
# Restores, builds and runs a sample. Usage: build/demo.sh [Quickstart|BoostedTrees|Pictures|LightCones|Galaxies|TaylorCoefficients|Gallery|Playground] [--gpu] [--output DIR]
# Without --output, what the sample makes goes to a folder of its name below artifacts.
set -euo pipefail
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
take_flags "$@"
sample=Quickstart
if [[ "${rest[0]:-}" != -* && -n "${rest[0]:-}" ]]; then
  sample=${rest[0]} rest=("${rest[@]:1}")
  [ -f "$root/samples/$sample/$sample.csproj" ] || fail "there is no sample '$sample'." "There are: $(cd "$root/samples" && echo */ | tr -d /)."
fi
require_sdk
cd "$root"
restore "samples/$sample"
dotnet build "samples/$sample" -c Release --no-restore --nologo -v quiet || fail "the build failed (messages above)."
# Run from where the user is: DIR may be relative.
cd "$here"
exec dotnet "$root/samples/$sample/bin/Release/net10.0/$sample.dll" ${rest[@]+"${rest[@]}"}
