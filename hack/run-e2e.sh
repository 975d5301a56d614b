#!/usr/bin/env bash
# Runs the end-to-end tests: brings a cluster up if there is none, puts the image into its registry, runs pytest.
#
#   hack/run-e2e.sh [--kind] [--rm] [PYTEST ARGS...]
#
# Tests mostly wait, so several run beside each other: KIP_E2E_WORKERS (4) at a time; 0, one after another, is for --pdb.
# Those marked `alone` disturb the whole cluster: they have a second one meanwhile, which ends with them, and a pytest
# of their own, whose output comes last. With --kind, or with 0 workers, they come afterwards on the same cluster.
# Without --kind on the local cluster (hack/cluster). --rm removes the cluster afterwards, also when a test failed.
# Tests marked `long` are left out, unless asked for with `-m long`.
# The image is the archive that `make image` leaves (KIP_E2E_ARCHIVE names another one).
#
# What the tests get from the environment, the same for both kinds of cluster:
#   KUBECONFIG, PATH                  kubectl and helm as a user has them
#   KIP_E2E_CLUSTER                   local or kind
#   KIP_E2E_IMAGE                     the image to test, in the open registry
#   KIP_E2E_AGENT_IMAGE               that of the agent
#   KIP_E2E_REGISTRY                  host:port of the open registry, as nodes, pods and tests see it; plain HTTP
#   KIP_E2E_PRIVATE_REGISTRY          the same of the one that asks for KIP_E2E_REGISTRY_USER and _PASSWORD
#   KIP_E2E_CTR                       command that runs containerd's client on a node; {node} stands for its name
# shellcheck source=hack/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=hack/lib/kind.sh
. "$ROOT/hack/lib/kind.sh"

kind='' remove=''
while true; do
  case ${1:-} in
    --kind) kind=yes; shift ;;
    --rm) remove=yes; shift ;;
    --help | -h) help_of "$0"; exit ;;
    *) break ;;
  esac
done

if [ -n "$kind" ]; then kind_check; fi
ARCHIVE=${KIP_E2E_ARCHIVE:-$ROOT/build/image/kubernetes-image-puller.tar}
AGENT_ARCHIVE=${KIP_E2E_AGENT_ARCHIVE:-$ROOT/build/image/image-puller-agent.tar}
for archive in "$ARCHIVE" "$AGENT_ARCHIVE"; do
  [ -f "$archive" ] || fail "no image at $archive: run make image agent-image"
done
# Debian's own Python, whatever else is first in PATH: pytest is installed for that one.
PYTEST=(/usr/bin/python3 -m pytest)
/usr/bin/python3 -c "import pytest, xdist" 2>/dev/null || fail "no pytest-xdist for /usr/bin/python3: run hack/install-deps test"

cd "$ROOT" || exit
[ $# -gt 0 ] || set -- e2e
case $* in *e2e*) ;; *) set -- "$@" e2e ;; esac # only options: all tests

# All tests, by two runs of pytest; INSIDE is the command that runs one.
run_tests() { # PYTEST ARGS...
  local first=0 second=0
  if [ -z "$kind" ] && [ "${KIP_E2E_WORKERS:-4}" != 0 ] && some no "$@" && some only "$@"; then
    note "tests that have to run alone, in a cluster of their own; output at the end"
    local log
    log=$(mktemp)
    run_alone_elsewhere "$@" >"$log" 2>&1 &
    elsewhere=$!
    run_beside "$@" || first=$?
    wait $elsewhere || second=$?
    elsewhere=''
    note "tests that had to run alone"
    cat "$log"
    rm "$log"
  else
    run_beside "$@" || first=$?
    case $first in
      0 | 5) ;; # 5: none was chosen
      1) [[ " $* " != *' -x '* ]] || return 1 ;;
      *) return $first ;;
    esac
    note "tests that have to run alone"
    run_alone "$@" || second=$?
  fi
  case $first-$second in
    [1-4]-[015] | 5-5) return $first ;;
    0-5) ;;
    *) return $second ;;
  esac
}
run_beside() {
  note "tests that can run beside each other"
  "${INSIDE[@]}" "${PYTEST[@]}" --alone=no -n "${KIP_E2E_WORKERS:-4}" --dist=loadgroup "$@"
}
run_alone() { "${INSIDE[@]}" "${PYTEST[@]}" --alone=only "$@"; }
some() { # no|only PYTEST ARGS...: whether there is such a test
  "${PYTEST[@]}" --collect-only -q --alone="$1" "${@:2}" >/dev/null 2>&1
}
# Each folder is a cluster of its own.
run_alone_elsewhere() {
  export KIP_CLUSTER_DIR=${KIP_CLUSTER_DIR:-$ROOT/.cluster}-alone
  trap '"$ROOT/hack/cluster" down' EXIT
  "$ROOT/hack/cluster" up && push_images && run_alone "$@"
}

push_images() {
  "$ROOT/hack/cluster" push kubernetes-image-puller:e2e "$ARCHIVE" &&
    "$ROOT/hack/cluster" push image-puller-agent:e2e "$AGENT_ARCHIVE"
}

if [ -n "$kind" ]; then
  if [ -n "$remove" ]; then trap kind_down EXIT; fi
  kind_up
  export KIP_E2E_IMAGE=$KIP_E2E_REGISTRY/kubernetes-image-puller:e2e
  export KIP_E2E_AGENT_IMAGE=$KIP_E2E_REGISTRY/image-puller-agent:e2e
  push_images ||
    fail "$kind_engine's bridge network must be reachable from this machine"
  INSIDE=(env)
else
  elsewhere=''
  # Without job control a shell in the background does not see the interrupt of a terminal.
  trap 'if [ -n "$elsewhere" ]; then kill $elsewhere; wait $elsewhere; fi
    if [ -n "$remove" ]; then "$ROOT/hack/cluster" down; fi' EXIT
  "$ROOT/hack/cluster" up
  push_images
  # shellcheck disable=SC2016  # the registry is known inside
  INSIDE=("$ROOT/hack/cluster" run bash -c 'KIP_E2E_IMAGE=$KIP_E2E_REGISTRY/kubernetes-image-puller:e2e \
    KIP_E2E_AGENT_IMAGE=$KIP_E2E_REGISTRY/image-puller-agent:e2e exec "$@"' e2e)
fi
run_tests "$@"
