#!/usr/bin/env bash
# Tries the packages as a user would, outside this folder: installs them from a folder feed into an empty project and runs the example of
# the package Introspection.ML.Estimators on .NET 8, 9 and 10, then installs the command line and explains a row with it.
# Where a runtime is not installed, the example is published with it. Usage: build/check-packages.sh [--packages DIR]
# Without --packages it makes them first (build/pack.sh).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_sdk
packages=
if [ "${1:-}" = --packages ]; then packages=$(cd "${2:?--packages needs a folder}" && pwd); fi
cd "$root"
if [ -z "$packages" ]; then
  build/pack.sh
  packages=$root/artifacts/packages
fi

version=$(basename "$packages"/Introspection.ML.Estimators.*.nupkg .nupkg)
version=${version#Introspection.ML.Estimators.}
[ "$version" != '*' ] || fail "there are no packages in '$packages'."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Others' packages come from where they always do. Ours go into a folder of their own, which is empty.
shared=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
[ ! -e "${shared%/}/introspection.ml.estimators/$version" ] ||
  fail "the version $version lies in '$shared', and what is there would be tried." "Remove 'introspection.ml*' there."
export NUGET_PACKAGES=$work/packages
mkdir "$NUGET_PACKAGES" "$work/app"
cd "$work/app"

# The example is the first block of C# of the package's own readme.
awk '/^```/ { if (inside) exit; inside = /csharp/; next } inside' "$root/src/Estimators/README.md" > Program.cs
grep -q FastTree Program.cs || fail "the readme of Introspection.ML.Estimators has no example with FastTree."
cp "$root/samples/Quickstart/data/breast_cancer_train.csv" tumours.csv
cat > app.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFrameworks>net8.0;net9.0;net10.0</TargetFrameworks>
    <ImplicitUsings>enable</ImplicitUsings>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources>
    <RestoreFallbackFolders>$shared</RestoreFallbackFolders>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Introspection.ML.Estimators" Version="$version" />
    <PackageReference Include="Introspection.ML.Reports" Version="$version" />
  </ItemGroup>
</Project>
XML

portable=$(dotnet msbuild app.csproj -getProperty:NETCoreSdkPortableRuntimeIdentifier -p:TargetFramework=net10.0)
for number in 8 9 10; do
  framework=net$number.0
  own=(--no-self-contained)
  if ! grep -q "^Microsoft.NETCore.App $number\." <<< "$(dotnet --list-runtimes)"; then own=(--self-contained --runtime "$portable"); fi
  dotnet publish -f "$framework" "${own[@]}" -o "$framework" --nologo -v quiet || fail "the example does not build for $framework (messages above)."
  # A program without its own runtime must not fall up to a later one.
  output=$(DOTNET_ROLL_FORWARD=LatestPatch DOTNET_ROLL_FORWARD_TO_PRERELEASE=0 "$framework/app" 2>&1) || fail "the example fails on $framework: $output"
  [ "$(grep -cE '^[+-][0-9]+\.[0-9]+ ' <<< "$output")" -eq 3 ] || fail "the example says something else on $framework: $output"
  echo "$framework ($(sed -nE 's/.*"version": "(.*)".*/\1/p' "$framework/app.runtimeconfig.json")): $(head -1 <<< "$output")"
done

dotnet tool install Introspection.ML.Tool --version "$version" --add-source "$packages" --tool-path "$work/tool" > "$work/install.log" ||
  fail "the tool cannot be installed: $(cat "$work/install.log")"
"$work/tool/introspect" --version
"$work/tool/introspect" shap "$root/test/data/models/xgb_breast_cancer.json" --data tumours.csv --label-column label --output values.csv > "$work/tool.log" 2>&1 ||
  fail "the tool fails: $(cat "$work/tool.log")"
"$work/tool/introspect" explain "$root/samples/Quickstart/models/mlp_breast_cancer.onnx" --data tumours.csv --label-column label \
  --method saliency --output saliency.csv > "$work/tool.log" 2>&1 || fail "the tool fails with a network: $(cat "$work/tool.log")"
# Without its native part it says what is missing; what needs none goes on.
find "$work/tool" \( -name 'libonnxruntime*' -o -name 'onnxruntime*.dll' \) -delete
if output=$("$work/tool/introspect" explain "$root/samples/Quickstart/models/mlp_breast_cancer.onnx" --data tumours.csv --label-column label \
  --method saliency --output again.csv 2>&1); then fail "the tool explains a network without the native ONNX Runtime."; fi
grep -q 'The native ONNX Runtime is not there' <<< "$output" || fail "the tool without the native ONNX Runtime says something else: $output"
"$work/tool/introspect" shap "$root/test/data/models/xgb_breast_cancer.json" --data tumours.csv --label-column label --output values.csv > "$work/tool.log" 2>&1 ||
  fail "the tool fails with trees where the native ONNX Runtime is missing: $(cat "$work/tool.log")"
[ "$(wc -l < values.csv)" -eq "$(wc -l < tumours.csv)" ] || fail "the tool wrote $(wc -l < values.csv) lines for $(wc -l < tumours.csv)."
for package in "$packages"/Introspection.ML.Tool.*.nupkg; do
  [ "$(wc -c < "$package")" -le 40000000 ] || fail "$(basename "$package") has more than 40 MB: $(wc -c < "$package") bytes."
done
SHARED_PACKAGES=$shared "$root/build/check-templates.sh" --packages "$packages"
echo "packages of version $version install and run"
