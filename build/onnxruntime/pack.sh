#!/usr/bin/env bash
# Compiles and packs ONNX Runtime from its npm packages: the C# binding from source, the native libraries as they are.
# Usage: pack.sh OUTDIR VERSION cpu|gpu
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../common.sh"
[ $# -eq 3 ] || { echo "usage: $0 OUTDIR VERSION cpu|gpu" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd) version=$2 flavor=$3

command -v npm >/dev/null || fail "no NuGet source has ONNX Runtime, and 'npm', which would fetch it, is not installed." \
  "Install npm (it comes with Node.js), or add a NuGet source that has Microsoft.ML.OnnxRuntime."

case $flavor-$(uname -sm) in
  cpu-"Linux x86_64" | cpu-"Darwin arm64" | cpu-MINGW* | cpu-MSYS* | gpu-"Linux x86_64") ;;
  *) fail "the npm packages hold no $flavor flavour of ONNX Runtime for $(uname -sm), and no NuGet source has it." \
    "Add a NuGet source that has Microsoft.ML.OnnxRuntime$([ "$flavor" = gpu ] && echo .Gpu)." ;;
esac

work=$root/artifacts/onnxruntime
modules=$work/npm-$flavor-$(hash_of "$here/$flavor")
mkdir -p "$work"
scratch=$(mktemp -d "$work/tmp.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

if [ ! -d "$modules" ]; then
  cp "$here/$flavor/package.json" "$here/$flavor/package-lock.json" "$scratch"
  if ! npm ci --prefix "$scratch" --ignore-scripts --no-audit --no-fund >"$scratch/npm.log" 2>&1; then
    cat "$scratch/npm.log" >&2
    case $(cat "$scratch/npm.log") in
      *EINTEGRITY*) fail "what the npm registry sent is not what build/onnxruntime/$flavor/package-lock.json expects; nothing was kept." \
        "Run 'npm cache verify' and try again; if it happens again, do not trust that registry." ;;
      *ENOTFOUND* | *ECONNREFUSED* | *ECONNRESET* | *ETIMEDOUT* | *EAI_AGAIN* | *ENETUNREACH* | *ENOTCACHED*)
        fail "the npm registry cannot be reached, and no NuGet source has ONNX Runtime." \
          "Check the network, the proxy and 'npm config get registry', then try again." ;;
      *) fail "npm could not install the packages of build/onnxruntime/$flavor/package.json (its messages are above)." \
        "Check 'npm config get registry': it must carry com.github.asus4.onnxruntime." ;;
    esac
  fi
  # What no package takes, several hundred MiB: libraries for phones, and Node.js's own for other systems.
  rm -rf "$scratch"/node_modules/*/Plugins/{Android,iOS~} "$scratch"/node_modules/*/bin/*/{darwin,win32}
  if [ "$flavor" = gpu ]; then (cd "$scratch"/node_modules/onnxruntime-node/bin/*/linux/x64 && mv libonnxruntime.so.1 libonnxruntime.so); fi
  rm -rf "$work/npm-$flavor"-*
  mv "$scratch/node_modules" "$modules"
fi

pack() {
  local log=$scratch/pack.log
  dotnet pack "$here/$1" -c Release -o "$scratch/packed" --nologo -v quiet \
    -p:Version="$version" -p:NpmModules="$modules" -p:BuildFolder="$scratch/build" "${@:2}" >"$log" 2>&1 ||
    { cat "$log" >&2; fail "ONNX Runtime could not be packed (messages above)."; }
}
pack managed
pack native -p:OnnxRuntimeFlavor="$([ "$flavor" = gpu ] && echo Gpu || echo Cpu)"
# A package that lies there already stays as it is: the version says what is in it, and NuGet may have unpacked it.
for package in "$scratch"/packed/*.nupkg; do
  [ -e "$out/${package##*/}" ] || mv "$package" "$out"
done
