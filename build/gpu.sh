#!/usr/bin/env bash
# On a machine with an NVIDIA GPU, CUDA and cuDNN: every method of the catalog and a saved pipeline on the GPU against the processor, and how long
# a gradient takes there beside the forward pass. Under ten minutes. docs/performance.md has the last result.
# Usage: build/gpu.sh [cpu]    (cpu: the same against the processor itself, to try the script where there is no GPU)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_sdk
cd "$root"
device=${1:-cuda}
if [ "$device" = cuda ]; then
  export OnnxRuntimeFlavor=Gpu
  command -v nvidia-smi >/dev/null || fail "there is no NVIDIA GPU here: no 'nvidia-smi' on the PATH." "'build/gpu.sh cpu' tries the script without one."
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
fi
restore test/Benchmarks
dotnet build test/Benchmarks -c Release --no-restore --nologo -v quiet || fail "the build failed (messages above)."
date -u +%F
exec dotnet test/Benchmarks/bin/Release/net10.0/Benchmarks.dll device "$device"
