# shellcheck shell=bash
# Shared by the scripts in hack/: where things are, and how they talk. Sourced, never run.
# shellcheck disable=SC2034  # used by those who source it
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# What is built once and kept lives outside the checkout, so that a second clone finds it too.
CACHE=${KIP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kubernetes-image-puller}
ME=$(basename "$0")

note() { echo "$ME: $*" >&2; }
# One line: what is wrong, then what cures it.
fail() { note "$@"; exit 1; }

# The comment that a script begins with is its help.
help_of() { sed -n '2,$ { /^# shellcheck/q; /^#/!q; s/^# \{0,1\}//p }' "$1"; } # FILE

# Takes the lock FILE on file descriptor FD until the process ends; says so when it has to wait.
lock_file() { # FD FILE WHAT
  mkdir -p "$(dirname "$2")"
  eval "exec $1>>\"\$2\""
  if ! flock -n "$1"; then
    note "waiting for $3 (lock $2)"
    flock "$1"
  fi
}
