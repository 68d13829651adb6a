#!/usr/bin/env bash
# Makes a program of each template, builds and runs it, as a user would. Usage: build/check-templates.sh --packages DIR [--load SECONDS]
# DIR holds the packages (build/pack.sh). --load asks the web API as fast as it answers for so long, over loopback, and says how many predictions
# with reasons it gives a second; for numbers that mean something the machine must be quiet.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
packages= load=
while [ $# -gt 0 ]; do
  case $1 in
    --packages) packages=$(cd "${2:?--packages needs a folder}" && pwd) ;;
    --load) load=${2:?--load needs seconds} ;;
    *) fail "there is no option '$1'." "There are --packages DIR and --load SECONDS." ;;
  esac
  shift 2
done
[ -n "$packages" ] || fail "the packages are missing." "Make them with build/pack.sh, and say --packages artifacts/packages."
require_sdk
command -v curl >/dev/null || fail "curl is not installed; the web API is asked with it."
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# Ours go into a folder of their own, unless a caller has said so already. Others' come from where they always do.
if [ -z "${SHARED_PACKAGES:-}" ]; then
  SHARED_PACKAGES=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
  export NUGET_PACKAGES=$work/packages
fi
cat > "$work/Directory.Build.props" <<XML
<Project>
  <PropertyGroup>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources>
    <RestoreFallbackFolders>$SHARED_PACKAGES</RestoreFallbackFolders>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <WarningsNotAsErrors>NU1507;NU1603;NU1900;NU1901;NU1902;NU1903;NU1904</WarningsNotAsErrors>
  </PropertyGroup>
</Project>
XML
cd "$work"
hive=(--debug:custom-hive "$work/hive")
dotnet new install "$packages"/Introspection.ML.Templates.*.nupkg "${hive[@]}" > install.log 2>&1 || fail "the templates cannot be installed: $(cat install.log)"
for name in console webapi worker; do
  dotnet new "introspection-$name" -o "my $name" "${hive[@]}" --no-restore > new.log 2>&1 ||
    dotnet new "introspection-$name" -o "my $name" "${hive[@]}" > new.log 2>&1 || fail "the template '$name' makes no program: $(cat new.log)"
  dotnet build "my $name" -c Release -o "$work/$name" --nologo -v quiet || fail "the program of the template '$name' does not build (messages above)."
done

# A program with a project of Model Builder: the package makes the class when it is built.
mkdir builder
cp "$root/test/data/mbconfig/ChurnOld.mbconfig" builder
cat > builder/builder.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><LangVersion>9.0</LangVersion></PropertyGroup>
  <ItemGroup><PackageReference Include="Introspection.ML.ModelBuilder" Version="$(basename "$packages"/Introspection.ML.ModelBuilder.*.nupkg .nupkg | sed 's/^Introspection.ML.ModelBuilder.//')" /></ItemGroup>
</Project>
XML
cat > builder/ChurnOld.consumption.cs <<'CSHARP'
namespace Churn { public partial class ChurnOld { public class ModelInput { public float Age { get; set; } public string Plan { get; set; } public float Minutes { get; set; } public bool Left { get; set; } } } }
CSHARP
cat > builder/Program.cs <<'CSHARP'
using System;
Churn.ChurnOld.ExplanationDataPath = "none";
try { Churn.ChurnOld.Explain(new Churn.ChurnOld.ModelInput()); }
catch (System.IO.FileNotFoundException e) { Console.WriteLine(e.Message); }
CSHARP
dotnet build builder -c Release -o "$work/built" --nologo -v quiet || fail "a program with the package Introspection.ML.ModelBuilder does not build (messages above)."
said=$(dotnet "$work/built/builder.dll") || fail "the class of the package Introspection.ML.ModelBuilder fails: $said"
grep -q 'no rows to explain against' <<< "$said" || fail "the class of the package Introspection.ML.ModelBuilder says something else: $said"

output=$(dotnet "$work/console/my console.dll") || fail "the console program fails: $output"
[ "$(grep -cE '^[0-9]+\.[0-9]+  from [0-9.]+: [+-][0-9.]+ [A-Za-z]+, [+-]' <<< "$output")" -eq 10 ] || fail "the console program says something else: $output"

mkdir inbox
head -50 "$work/worker/houses.csv" > inbox/some.csv
echo 'no table' > inbox/bad.csv
dotnet "$work/worker/my worker.dll" --Batch:Once=true --Batch:Inbox="$work/inbox" --Batch:Outbox="$work/outbox" > worker.log 2>&1 || fail "the worker fails: $(cat worker.log)"
[ "$(wc -l < outbox/some.scored.csv)" -eq 50 ] || fail "the worker wrote something else: $(head -3 outbox/some.scored.csv) $(cat worker.log)"
[ -f outbox/some.csv ] && [ ! -f inbox/some.csv ] || fail "the worker did not move the file that it scored: $(cat worker.log)"

# Any port that is free; the program says which.
(cd "$work/webapi" && exec dotnet "my webapi.dll" --urls http://127.0.0.1:0 --Logging:LogLevel:Microsoft.Hosting.Lifetime=Information) > webapi.log 2>&1 &
server=$!
for _ in $(seq 240); do
  url=$(sed -nE 's/.*Now listening on: (http:\S+).*/\1/p' webapi.log | head -1)
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || fail "the web API ends: $(cat webapi.log)"
  sleep 0.25
done
[ -n "${url:-}" ] || fail "the web API does not listen: $(cat webapi.log)"
body='{"district":"North","area":120,"rooms":4,"yearBuilt":1990}'
post() { curl -fsS --max-time 60 -H 'Content-Type: application/json' -d "$2" "$url$1"; }
answer=$(post /predict "$body") || fail "the web API does not answer: $(cat webapi.log)"
grep -qE '"scores":\[[0-9.]+\].*"baseValue":[0-9.]+.*"reasons":\[\{"column":"Area","value":-?[0-9.]+' <<< "$answer" || fail "the web API answers something else: $answer"
[ "$(post /predict/batch "[$body,$body]" | grep -o '"reasons"' | wc -l)" -eq 2 ] || fail "the web API answers several rows otherwise."
# Read whole: a reader that ends with what it has found would break the pipe, and look like a failure.
document=$(curl -fsS --max-time 60 "$url/openapi/v1.json") || fail "the web API has no OpenAPI document."
grep -q '"/predict"' <<< "$document" || fail "the OpenAPI document says nothing of /predict: $document"
if [ -n "$load" ]; then
  dotnet run -c Release --project "$root/test/Benchmarks" -- load "$load" "$url/predict" "$body"
fi
kill "$server"
server=
echo "the templates make programs that run"
