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
[ -f outbox/bad.csv.failed ] || fail "the worker did not put the file aside that it could not read: $(cat worker.log)"

# Results that nobody takes away hold the worker up, which says so; it goes on when they are gone, and ends when it is told to.
rm outbox/* && head -20 "$work/worker/houses.csv" > inbox/one.csv && head -30 "$work/worker/houses.csv" > inbox/two.csv
head -c 200000 /dev/zero | tr '\0' 'x' > inbox/large.csv
touch -d '2020-01-01' inbox/one.csv && touch -d '2021-01-01' inbox/two.csv
await() {
  for _ in $(seq 240); do
    ! eval "$1" || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.25
  done
  fail "the worker does not get so far: $1. $(cat worker.log)"
}
dotnet "$work/worker/my worker.dll" --Batch:Inbox="$work/inbox" --Batch:Outbox="$work/outbox" --Batch:HealthFile="$work/health" \
  --Batch:MostResults=1 --Batch:MostBytes=100000 --Batch:SecondsBetweenLooks=0.2 --Batch:SecondsBetweenHealthChecks=1 > worker.log 2>&1 &
server=$!
await '[ -f outbox/one.scored.csv ] && grep -qs "^Degraded worker: waits: 1 results" health'
[ -f inbox/two.csv ] && [ ! -f outbox/two.scored.csv ] || fail "the worker does not wait for its results to be taken away: $(cat worker.log)"
rm outbox/one.scored.csv
await '[ -f outbox/two.scored.csv ] && rm outbox/two.scored.csv'
await '[ -f outbox/large.csv.failed ] && grep -qs "^Healthy" health'
kill "$server"
wait "$server" || fail "the worker does not end well when it is told to: $(cat worker.log)"
server=

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
post() { curl -fsS --max-time 60 -H 'Content-Type: application/json' --data-binary "$2" "$url$1"; }
answer=$(post /predict "$body") || fail "the web API does not answer: $(cat webapi.log)"
grep -qE '"scores":\[[0-9.]+\].*"baseValue":[0-9.]+.*"reasons":\[\{"column":"Area","value":-?[0-9.]+' <<< "$answer" || fail "the web API answers something else: $answer"
[ "$(post /predict/batch "[$body,$body]" | grep -o '"reasons"' | wc -l)" -eq 2 ] || fail "the web API answers several rows otherwise."
[ "$(curl -sS --max-time 60 "$url/health/live")$(curl -sS --max-time 60 "$url/health/ready")" = HealthyHealthy ] || fail "the web API is not well: $(cat webapi.log)"
# Limits: rows, bytes, what is no row.
status() { curl -sS --max-time 60 -o refused.json -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$2" "$url$1"; }
{ printf '['; for _ in $(seq 1000); do printf '%s,' "$body"; done; printf '%s]' "$body"; } > many.json
head -c 1100000 /dev/zero | tr '\0' ' ' > large.json
echo '{"district":' > broken.json
[ "$(status /predict/batch many.json) $(status /predict large.json) $(status /predict broken.json)" = "413 413 400" ] ||
  fail "the web API does not refuse what is too much: $(cat refused.json webapi.log)"
# A stream has as many lines as rows, however many, and tells of the first that is none.
for _ in $(seq 20000); do echo "$body"; done > many.jsonl
{ head -40 many.jsonl; echo; echo 'no row'; } > broken.jsonl
[ "$(post /predict/stream @many.jsonl | grep -c '"reasons"')" -eq 20000 ] || fail "the web API answers a stream otherwise: $(cat webapi.log)"
said=$(post /predict/stream @broken.jsonl) || fail "the web API does not answer a stream that breaks: $(cat webapi.log)"
[ "$(grep -c '"reasons"' <<< "$said")" -eq 40 ] && tail -1 <<< "$said" | grep '^{"error":"Line 42: ' > error.json || fail "the web API says something else of a broken stream: $(tail -1 <<< "$said")"
[ "$(status /predict/stream broken.json)" = 400 ] || fail "the web API takes a stream without a row for one: $(cat refused.json)"
# Read whole: a reader that ends with what it has found would break the pipe, and look like a failure.
document=$(curl -fsS --max-time 60 "$url/openapi/v1.json") || fail "the web API has no OpenAPI document."
grep -q '"/predict"' <<< "$document" || fail "the OpenAPI document says nothing of /predict: $document"
if [ -n "$load" ]; then
  dotnet run -c Release --project "$root/test/Benchmarks" -- load "$load" "$url/predict" "$body"
fi
kill "$server"
server=
echo "the templates make programs that run"
