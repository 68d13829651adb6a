#!/usr/bin/env bash
# Restores the solution. The configured NuGet sources are asked first; what they lack is made in artifacts/packages:
# ONNX Runtime from its npm packages, ML.NET's interfaces from build/offline (enough to compile and test, no more; tests that need
# trainers are skipped then).
# Usage: [INTROSPECTION_PACKAGE_SOURCE=FEED] build/restore.sh [--gpu]
# FEED is a folder (or address) of packages asked beside the configured sources; it must hold the real ML.NET.
set -euo pipefail
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
take_flags "$@"
[ ${#rest[@]} -eq 0 ] || { echo "usage: build/restore.sh [--gpu]" >&2; exit 2; }
require_sdk
cd "$root"

feed=${INTROSPECTION_PACKAGE_SOURCE:-}
case $feed in
  '' | *://*) ;;
  *) feed=$(cd "$here" && cd "$feed" 2>/dev/null && pwd) ||
    fail "INTROSPECTION_PACKAGE_SOURCE names '$INTROSPECTION_PACKAGE_SOURCE', which is no folder." ;;
esac
flavor=cpu native=Microsoft.ML.OnnxRuntime
if [ "${OnnxRuntimeFlavor:-}" = Gpu ]; then flavor=gpu native=Microsoft.ML.OnnxRuntime.Gpu; fi

mkdir -p "$packages"
if command -v flock >/dev/null; then exec 9>artifacts/.lock; flock 9; fi
scratch=$(mktemp -d "$root/artifacts/tmp.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# What comes from FEED is unpacked apart, so that neither this project's other runs nor other projects meet it;
# what NuGet has unpacked already is taken from there.
feed_properties=()
if [ -n "$feed" ]; then
  state=$root/artifacts/feed-$( (echo "$feed"; find "$feed" -name '*.nupkg' -exec ls -ln {} + 2>/dev/null) | sha256 | cut -c1-10)
  source=$feed
  if [ -d "$feed" ]; then
    # However the folder is laid out, NuGet sees its packages side by side.
    source=$state/source
    mkdir -p "$source"
    find "$feed" -name '*.nupkg' -exec ln -sf {} "$source" \;
  fi
  find artifacts -maxdepth 1 -name 'feed-*' ! -name "${state##*/}" -exec rm -rf {} +
  global=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
  mkdir -p "$global"
  feed_properties=(RestoreAdditionalProjectSources="$source" RestorePackagesPath="$state/packages" RestoreAdditionalProjectFallbackFolders="$global")
fi

# 1. What do the sources hold? A project that refers to the packages in question is restored; NuGet names what it lacks.
probe() {
  missing=
  rm -rf "$scratch/probe"
  if ! dotnet restore build/probe/Probe.csproj --nologo -p:ProbeSources=true -p:MSBuildProjectExtensionsPath="$scratch/probe/" \
    ${feed_properties[@]+"${feed_properties[@]/#/-p:}"} "$@" >"$scratch/probe.log" 2>&1; then
    missing=$(sed -nE "s/.*error NU110[0-3]: Unable to (find|resolve)( a stable)?( package)? '?([A-Za-z0-9_.-]*[A-Za-z0-9]).*/\4/p" "$scratch/probe.log" | sort -u)
    if [ -z "$missing" ] || grep -q 'error NU1301' "$scratch/probe.log"; then
      grep -E 'error|warn' "$scratch/probe.log" >&2 || cat "$scratch/probe.log" >&2
      fail "the NuGet sources could not be asked (messages above)." "Check the network, the proxy and 'dotnet nuget list source', then try again."
    fi
  fi
}
lacking() { grep -E "^($1)\$" <<<"$missing" | paste -sd, - | sed 's/,/, /g'; }
# LightGBM trains models for the tests; the rest of ML.NET can do without.
lightgbm='Microsoft\.ML\.LightGbm|LightGBM'
lacks_mlnet() { grep -qvE "^(Microsoft\.ML\.OnnxRuntime.*|Google\.Protobuf|$lightgbm|)\$" <<<"$missing"; }
found() { sed -n "s|^ *\"$1/\(.*\)\": {\$|\1|p" "$scratch/probe/project.assets.json" | head -1; }

probe
older_protobuf=3.25.1
if [ -n "$(lacking 'Google\.Protobuf')" ] && ! lacks_mlnet; then
  # The real ML.NET 5.0.0 cannot do with an older one; NuGet is the judge of what lies in the sources.
  probe -p:GoogleProtobufVersion=$older_protobuf
  [ -z "$(lacking 'Google\.Protobuf')" ] || fail "the NuGet sources have ML.NET but not the Google.Protobuf that it needs."
fi

# 2. Where does each come from?
onnxruntime=$(found "$native") mlnet=$(found Microsoft.ML) protobuf=$(found Google.Protobuf)
make_onnxruntime= make_mlnet= no_trainers=
if [ -n "$(lacking 'Microsoft\.ML\.OnnxRuntime.*')" ]; then
  make_onnxruntime=yes onnxruntime=1.29.0-offline.h$(hash_of build/onnxruntime)
fi
if [ -n "$(lacking "$lightgbm")" ]; then no_trainers=yes; fi
if lacks_mlnet; then
  [ -z "$feed" ] ||
    fail "neither INTROSPECTION_PACKAGE_SOURCE ($feed) nor the configured NuGet sources have $(lacking '.*')." \
      "It must hold Microsoft.ML, Microsoft.ML.FastTree and Microsoft.ML.OnnxTransformer 5.0.0 with all they depend on; unset it to use the stand-in."
  make_mlnet=yes no_trainers=yes mlnet=5.0.0-offline.h$( (hash_of build/offline; echo "$onnxruntime") | sha256 | cut -c1-10)
fi
if [ -n "$(lacking 'Google\.Protobuf')" ]; then protobuf=$older_protobuf; fi

# 3. Make what is lacking, unless it lies here from an earlier run.
have() { local id; for id in "${@:2}"; do [ -f "$packages/$id.$1.nupkg" ] || return 1; done; }
drop_others() { local id; for id in "${@:2}"; do find "$packages" -name "$id.[0-9]*.nupkg" ! -name "$id.$1.nupkg" -delete; done; }

if [ -n "$make_onnxruntime" ] && ! have "$onnxruntime" Microsoft.ML.OnnxRuntime.Managed "$native"; then
  echo "building ONNX Runtime from npm (once) ..." >&2
  build/onnxruntime/pack.sh "$packages" "$onnxruntime" "$flavor"
  drop_others "$onnxruntime" Microsoft.ML.OnnxRuntime{,.Gpu,.Managed}
fi
if [ -n "$make_mlnet" ] && ! have "$mlnet" Microsoft.ML Microsoft.ML.DataView Microsoft.ML.FastTree Microsoft.ML.OnnxTransformer; then
  echo "building the ML.NET stand-in ..." >&2
  OnnxRuntimeVersion=$onnxruntime build/offline/pack.sh "$scratch/offline" "$mlnet" >"$scratch/offline.log" 2>&1 ||
    { cat "$scratch/offline.log" >&2; fail "the ML.NET stand-in could not be built (messages above)."; }
  mv -f "$scratch"/offline/*.nupkg "$packages"
  drop_others "$mlnet" Microsoft.ML{,.DataView,.FastTree,.OnnxTransformer}
fi

# 4. Tell the projects (Directory.Packages.props imports this file) and the user.
versions=$packages/versions.props
if [ -z "$make_onnxruntime$make_mlnet$no_trainers$feed" ]; then
  rm -f "$versions"
else
  {
    echo "<Project>"
    echo "  <!-- Written by build/restore.sh on every run. -->"
    echo "  <PropertyGroup>"
    echo "    <MicrosoftMLVersion>$mlnet</MicrosoftMLVersion>"
    echo "    <OnnxRuntimeVersion>$onnxruntime</OnnxRuntimeVersion>"
    echo "    <GoogleProtobufVersion>$protobuf</GoogleProtobufVersion>"
    if [ -n "$no_trainers" ]; then echo "    <HasTrainers>false</HasTrainers>"; fi
    for property in ${feed_properties[@]+"${feed_properties[@]}"}; do
      value=$(sed 's/&/\&amp;/g; s/</\&lt;/g' <<<"${property#*=}")
      echo "    <${property%%=*}>$value</${property%%=*}>"
    done
    echo "  </PropertyGroup>"
    echo "</Project>"
  } >"$scratch/versions.props"
  cmp -s "$scratch/versions.props" "$versions" || mv -f "$scratch/versions.props" "$versions"
fi

sources="the configured NuGet sources"
if [ -n "$feed" ]; then sources="$feed and $sources"; fi
if [ -z "$make_onnxruntime$make_mlnet" ]; then
  echo "packages: ML.NET $mlnet and ONNX Runtime $onnxruntime from $sources"
else
  echo "packages: ONNX Runtime ${onnxruntime%%-offline*} $([ -n "$make_onnxruntime" ] && echo "built from npm" || echo "from $sources");" \
    "$([ -n "$make_mlnet" ] && echo "ML.NET ${mlnet%%-offline*} replaced by the stand-in of build/offline (to compile and test only)" || echo "ML.NET $mlnet from $sources")"
fi
if [ -n "$no_trainers" ]; then
  echo "packages: no trainers of trees$([ -n "$make_mlnet" ] || echo " ($(lacking "$lightgbm") is lacking)"); tests that need them are skipped"
fi
dotnet restore Introspection.sln --nologo -v quiet
