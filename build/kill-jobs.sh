#!/usr/bin/env bash
# Kills scoring jobs at random moments and compares what they come to with an unbroken run, byte for byte.
#   build/kill-jobs.sh [KILLS] [SEED]        INTROSPECT_TOOL names another build of the command
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_sdk
kills=${1:-100}
RANDOM=${2:-1}
tool=${INTROSPECT_TOOL:-$root/src/Tool/bin/Release/net10.0/introspect.dll}
[ -f "$tool" ] || dotnet build "$root/src/Tool" -c Release --nologo -v quiet
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk -v seed="$RANDOM" 'BEGIN { srand(seed); print "key,size,age,colour,city,grade,share"
  for (i = 0; i < 60000; i++) printf "k%d,%.6f,%d,%d,%s,%d,%.6f\n", i, rand(), rand() * 5, rand() * 4, i % 997 ? int(rand() * 9) : "?!", rand() * 3, rand() }' \
  > "$folder/rows.csv"

score() {
  exec dotnet "$tool" score "$root/test/data/models/lgbm_multiclass.txt" --data "$folder/rows.csv" --id-column key --explain shap \
    --output "$folder/$1" --failed "$folder/$1.failed.csv" "${@:2}"
}

kinds=(csv parquet jsonl.gz)
declare -A milliseconds
for kind in "${kinds[@]}"; do
  before=$(date +%s%N)
  (score "whole.$kind" > /dev/null)
  milliseconds[$kind]=$(( ($(date +%s%N) - before) / 1000000 ))
done

killed=0 jobs=0
while [ "$killed" -lt "$kills" ]; do
  kind=${kinds[jobs % ${#kinds[@]}]}
  while :; do
    (score "out.$kind" --resume --part-rows 4096 > /dev/null) &
    process=$!
    sleep "$(printf '%d.%03d' $(( (wait = (RANDOM * 32768 + RANDOM) % (milliseconds[$kind] * 3 / 2)) / 1000 )) $(( wait % 1000 )))"
    kill -KILL "$process" 2> /dev/null || true
    if wait "$process" 2> /dev/null; then
      break
    elif [ $? -ne 137 ]; then
      fail "a job failed by itself after $killed kills"
    fi
    killed=$((killed + 1))
  done
  for file in "$kind" "$kind.failed.csv"; do
    cmp "$folder/whole.$file" "$folder/out.$file" || fail "job $jobs ($kind) came to something else"
  done
  [ ! -e "$folder/out.$kind.parts" ] || fail "job $jobs ($kind) left its folder"
  rm -f "$folder"/out.* "$folder"/.*.partial
  jobs=$((jobs + 1))
done
echo "$killed kills of $jobs jobs: each came to the bytes of the unbroken one."
