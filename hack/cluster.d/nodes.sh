# shellcheck shell=bash
# One more node for a cluster that runs, and one less. Called inside.

free_number() {
  local n
  for n in $(seq 9); do nodes | grep -qx "$n" || { echo "$n"; return; }; done
  return 1
}

# KEY[=VALUE]:EFFECT, as a kubelet's configuration has it.
taint_yaml() { # TAINT
  local key=${1%:*} effect=${1##*:} value=''
  [[ $1 == ?*:?* ]] || fail "not a taint: $1; expected KEY[=VALUE]:EFFECT"
  if [[ $key == *=* ]]; then value=${key#*=} key=${key%%=*}; fi
  printf '{key: "%s", value: "%s", effect: "%s"}' "$key" "$value" "$effect"
}

add_node() { # [--taint TAINT]...: prints its name
  local n taints='' one
  while [ "${1:-}" = --taint ]; do
    args 2 $#
    one=$(taint_yaml "$2")
    taints=${taints:+$taints, }$one
    shift 2
  done
  [ $# = 0 ] || usage
  one_at_a_time nodes
  n=$(free_number) || fail "there are nodes 1 to 9 already: hack/cluster remove-node NAME"
  clear_node "$n" # what an earlier call left that was killed
  make_client "node$n" "/O=system:nodes/CN=system:node:node$n" "DNS:node$n,IP:$HOST" 2>>"$LOGS/pki.log"
  prepare_node "$n"
  echo "$taints" >"$(node_run "$n")/taints"
  launch "containerd$n"
  wait_ready "containerd$n"
  launch "kubelet$n"
  wait_ready "kubelet$n"
  echo "$n" >>"$DIR/nodes"
  wait_for 120 "node$n to be Ready (hack/cluster logs kubelet$n)" node_is_ready "$n"
  echo "node$n"
}
node_is_ready() { kubectl get node "node$1" --no-headers --request-timeout=5s | grep -q '^[^ ]* *Ready'; }

# As a machine that is taken away: its Node goes, and its pods with it.
remove_node() { # NAME
  local n=${1#node} left
  one_at_a_time nodes
  nodes | grep -qx "$n" || fail "no node $1: there are $(nodes | sed 's/^/node/' | xargs)"
  kubectl delete node "node$n" --ignore-not-found >/dev/null
  if runs "kubelet$n"; then # which ends the containers, and gives their addresses back
    kubectl delete pods --all-namespaces --field-selector "spec.nodeName=node$n" --grace-period=0 --force >/dev/null 2>&1
    wait_for 30 "the containers of node$n to end" no_sandboxes "$n" || note "ending them the hard way"
  fi
  for c in "kubelet$n" "containerd$n"; do
    runs "$c" || continue
    kill -KILL "$(pid_of "$c")"
    wait_for 30 "$c to end" ended "$c"
  done
  clear_node "$n"
  left=$(nodes | grep -vx "$n")
  echo "$left" >"$DIR/nodes"
}
# None runs, and none has an address in the pods' network.
no_sandboxes() { # N
  local client=(ctr --address "$(node_run "$1")/containerd.sock" --namespace k8s.io)
  [ -z "$("${client[@]}" task ls --quiet)" ] &&
    ! grep -rqFf <("${client[@]}" containers ls --quiet) "$RUN/ipam" 2>/dev/null
}

node_cgroups() { find /sys/fs/cgroup -maxdepth 3 -type d -path "*/$ID/node$1" 2>/dev/null; } # N
no_node_cgroups() { # N
  local d
  for d in $(node_cgroups "$1"); do
    find "$d" -name cgroup.procs -exec sh -c 'kill -KILL $(cat "$@")' sh {} + 2>/dev/null || true
    find "$d" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
  [ -z "$(node_cgroups "$1")" ]
}

# All that a node may have left, in whatever state it was ended.
clear_node() { # N
  local run disk=$DIR/node$1.disk mount
  run=$(node_run "$1")
  pkill -KILL -f -- "$run/containerd.sock" || true # the shims; this namespace has no other cluster's processes
  wait_for 30 "the cgroups of node$1 to be empty" no_node_cgroups "$1" || note "in use: $(node_cgroups "$1" | xargs)"
  awk -v run="$run/" 'index($5, run) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$mount" || true
  done
  losetup -a | grep -F "($disk)" | cut -d : -f 1 | xargs -r -n 1 losetup -d 2>/dev/null || true
  rm -rf --one-file-system "$run"
  rm -f "$disk" "$DIR/node$1.kubeconfig" "$PKI/node$1".* "$RUN/kubelet$1.pid" "$RUN/containerd$1.pid"
}
