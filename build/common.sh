# Shared by the scripts of this folder: where the project lies, and how they fail.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

# What went wrong on the first line, what to do about it on the second.
fail() {
  echo "error: $1" >&2
  if [ $# -gt 1 ]; then echo "       $2" >&2; fi
  exit 1
}

require_sdk() {
  command -v dotnet >/dev/null ||
    fail "the .NET SDK is not installed: no 'dotnet' on the PATH." "Install the .NET SDK 10 or later."
  local version
  version=$(cd "$root" && dotnet --version 2>/dev/null) ||
    fail "this needs the .NET SDK 10 or later; installed: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ' -)." \
      "Install the .NET SDK 10 or later beside it."
  [ "${version%%.*}" -ge 10 ] || fail "this needs the .NET SDK 10 or later, but 'dotnet' is $version."
}

# Restores a project or the solution, and says so: a new machine has much to fetch.
restore() {
  echo "restoring packages (the first time on a machine some hundred megabytes) ..." >&2
  dotnet restore "$1" --nologo -v quiet || fail "packages could not be restored (messages above)." \
    "Check the network, the proxy and 'dotnet nuget list source', then try again."
}

# Takes --gpu out of the arguments (for all that MSBuild does from here on), leaves the others in $rest.
rest=()
take_flags() {
  local argument
  for argument in "$@"; do
    if [ "$argument" = --gpu ]; then export OnnxRuntimeFlavor=Gpu; else rest+=("$argument"); fi
  done
}
