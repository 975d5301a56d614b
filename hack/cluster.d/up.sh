# shellcheck shell=bash
# Bringing the cluster up. `up` makes the files, starts `.namespaces` in the background, which becomes the cluster's
# namespaces with `.first` as their first process; that starts everything else and stays.

cluster_up() { # [NODES]
  local nodes=${1:-2} began=$SECONDS bin
  [[ $nodes =~ ^[1-9]$ ]] || fail "not a number of nodes from 1 to 9: $nodes"
  if is_inside; then fail "call it from outside of the cluster"; fi
  check_machine
  if [ -d "$DIR" ] && [ ! -e "$STAMP" ] && [ -n "$(ls -A "$DIR")" ]; then
    fail "$DIR is not a cluster's folder and not empty: set KIP_CLUSTER_DIR to another one"
  fi
  bin=$("$ROOT/hack/build-tools")
  lock_cluster
  if is_up; then already_up "$@"; return; fi
  trap interrupted INT TERM HUP
  trap 'keep_logs $?' EXIT
  clear_all # what an earlier one left that was killed
  start_all "$nodes" "$bin"
  trap - EXIT INT TERM HUP
  note "$nodes nodes are Ready after $((SECONDS - began)) s: hack/cluster run kubectl get nodes"
}

already_up() { # [NODES]
  local wrong
  [ $# = 0 ] || [ "$1" = "$(wc -l <"$DIR/nodes")" ] ||
    fail "a cluster of $(wc -l <"$DIR/nodes") nodes is up, not $1: run hack/cluster down first"
  if wrong=$("$ROOT/hack/cluster" status 2>&1 >/dev/null); then note "already up"; return; fi
  fail "already up, but not well: $(paste -sd ';' <<<"$wrong"); or hack/cluster down, then up"
}

interrupted() {
  trap - EXIT
  trap '' INT TERM HUP
  note "interrupted, removing what was begun"
  clear_all
  rm -f "$LOCK"
  exit 130
}

# A cluster that failed to come up is ended; its logs stay until the next up or down.
keep_logs() { # EXIT_CODE
  trap - EXIT
  end_processes
  note "not up; see the logs in $LOGS (hack/cluster down removes them)"
  exit "$1"
}

start_all() { # NODES BIN
  mkdir -p "$DIR"
  touch "$STAMP"
  mkdir "$LOGS" "$DIR"/{etcd,registry,private-registry,cache}
  ln -s "$2" "$DIR/bin"
  seq "$1" >"$DIR/nodes"
  make_pki "$1" 2>"$LOGS/pki.log" || fail "cannot make certificates: $(tail -n 1 "$LOGS/pki.log")"
  "${CC:-cc}" -Os -static -s -o "$DIR/pause" "$ROOT/hack/cluster.d/pause.c" ||
    fail "cannot compile the pause program: run hack/install-deps cluster"
  registry_hosts
  export_env
  # It holds the lock until it carries the mark, so nobody can miss it in between.
  KIP_CLUSTER_INSIDE=$ID setsid "$ROOT/hack/cluster" .namespaces "$1" </dev/null >"$LOGS/cluster.log" 2>&1 &
  local outer=$!
  until began; do
    kill -0 $outer 2>/dev/null || fail "the cluster ended: $(tail -n 1 "$LOGS/cluster.log")"
    sleep 0.1
  done
  first_pid >"$DIR/pid"
  "$ROOT/hack/cluster" import "$PAUSE" "$DIR/pause"
  "$ROOT/hack/cluster" .await
  touch "$DIR/ready"
}

exec_namespaces() { # NODES
  exec 9>&- # marked now: see state.sh
  exec unshare --net --mount --pid --ipc --uts --fork --mount-proc --propagation private "$ROOT/hack/cluster" .first "$1"
}

# A kubelet sets these for the whole machine when they differ; it is shown that they do not.
TUNABLES='vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000'

private_mounts() {
  local t d file
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock /run/netns "$RUN"
  # Paths of the machine that a kubelet, a CNI plugin or skopeo writes to, and that no option moves.
  for d in /var/log /var/lib/kubelet /var/lib/cni /var/lib/containers/cache; do
    mkdir -p "$d"
    mount -t tmpfs -o mode=755 tmpfs "$d"
  done
  for t in $TUNABLES; do
    file=$RUN/sysctl-$(basename "${t%=*}")
    echo "${t#*=}" >"$file"
    [ ! -e "/proc/sys/${t%=*}" ] || mount --bind "$file" "/proc/sys/${t%=*}"
  done
  true >"$RUN"/resolv.conf # there is no DNS in here
}

network() {
  ip link set lo up
  ip addr add "$SERVICE/32" dev lo
  # An address of its own: else the bridge takes the lowest of its pods', which changes as they come and go, and the
  # others send to the old one until they ask again.
  ip link add kip0 address 02:6b:69:70:00:01 type bridge
  ip addr add "$HOST/16" dev kip0
  ip link set kip0 up
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

# Process 1 of the cluster. When it ends, all else ends; so a failure in here leaves nothing half-running.
first_process() { # NODES
  local i
  export_env
  private_mounts
  network
  for i in etcd registry private-registry apiserver; do launch "$i"; done
  for i in $(seq "$1"); do prepare_node "$i"; launch "containerd$i"; done
  for i in registry private-registry apiserver; do wait_ready "$i"; done
  launch controller-manager
  launch scheduler
  for i in $(seq "$1"); do wait_ready "containerd$i"; launch "kubelet$i"; done
  touch "$DIR/started"
  while true; do # stays, and buries what other processes leave behind
    sleep 86400 &
    wait $!
  done
}

# What is started last takes a while. Called inside.
await_cluster() {
  local i
  for i in $(nodes); do wait_ready "kubelet$i"; done
  wait_for 120 "all nodes to be Ready (hack/cluster logs kubelet1)" all_nodes_ready
  wait_for 60 "the default service account (hack/cluster logs controller-manager)" kubectl get serviceaccount default
}
