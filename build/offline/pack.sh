#!/usr/bin/env bash
# Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
# Usage: pack.sh OUTDIR [VERSION]   OUTDIR already holds the ONNX Runtime packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 1 ] || { echo "usage: $0 OUTDIR [VERSION]" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=${2:-5.0.0-offline}

for package in Microsoft.ML.DataView Microsoft.ML Microsoft.ML.FastTree Microsoft.ML.OnnxTransformer; do
  dotnet pack "$here/$package/$package.csproj" -c Release -o "$out" --nologo -v quiet \
    -p:StandInVersion="$version" -p:StandInFeed="$out"
done
