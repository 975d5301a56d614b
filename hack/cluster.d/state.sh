# shellcheck shell=bash
# Whether the cluster is up, how to get into it, and how to end it from any state that it may have been left in.
#
# Nothing is believed that a killed `up` could have written: processes are found by a mark in their environment,
# KIP_CLUSTER_INSIDE=<id>, which all of them carry from their first instruction.

MARK=KIP_CLUSTER_INSIDE=$ID
LOCK=/run/lock/$ID.lock

# One `up` or `down` at a time. The lock file is removed with the cluster, so the one that was locked may be gone.
lock_cluster() {
  while true; do
    lock_file 9 "$LOCK" "another hack/cluster on $DIR"
    if [ "$(stat -c %i "$LOCK" 2>/dev/null)" = "$(stat -L -c %i /proc/self/fd/9)" ]; then return; fi
  done
}

is_inside() { [ "${KIP_CLUSTER_INSIDE:-}" = "$ID" ] && is_marked 1; }
is_marked() { # PID
  grep -qzx "$MARK" "/proc/$1/environ" 2>/dev/null
}
marked_processes() { grep -lzx "$MARK" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }

# The first process of the cluster's process namespace, as seen from here. Fails when there is none.
first_pid() {
  local pid
  pid=$(cat "$DIR/pid" 2>/dev/null) || pid=
  if [ -n "$pid" ] && is_marked "$pid"; then echo "$pid"; return; fi
  for pid in $(marked_processes); do
    if grep -q '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" 2>/dev/null; then echo "$pid"; return; fi
  done
  return 1
}

# `up` finished, and the namespaces are still there.
is_up() { [ -e "$DIR/ready" ] && { is_inside || first_pid >/dev/null; }; }
began() { [ -e "$DIR/started" ]; }

enter() { # CMD...: runs it inside, instead of this process
  local pid
  export_env
  if is_inside; then exec "$@"; fi
  pid=$(first_pid) || pid=
  if [ -z "$pid" ] || ! began; then fail "no cluster is up in $DIR: run hack/cluster up"; fi
  export KIP_CLUSTER_INSIDE=$ID
  exec nsenter -t "$pid" --net --mount --pid --ipc --uts --wdns="$PWD" -- "$@"
}

loop_devices() { losetup -a 2>/dev/null | grep -F "($DIR/" | cut -d : -f 1; }
no_loop_devices() {
  local l
  for l in $(loop_devices); do losetup -d "$l" 2>/dev/null || true; done
  [ -z "$(loop_devices)" ]
}

# The end of the first process ends all others in its namespace, and with the last of them go mounts and interfaces.
kill_marked() {
  local pids
  pids=$(marked_processes)
  [ -n "$pids" ] || return 0
  # shellcheck disable=SC2086  # one argument each
  kill -9 $pids 2>/dev/null || true
  return 1
}

end_processes() {
  wait_for 30 "the processes of the cluster to end" kill_marked || fail "some processes do not end: $(marked_processes | xargs)"
  wait_for 30 "the loop devices of the nodes" no_loop_devices || fail "still mounted: $(loop_devices | xargs)"
  wait_for 30 "the cgroups to be empty" remove_cgroups || fail "still in use: $(cgroup_folders | xargs)"
}

# Back to nothing; may be called in any state, with the lock held.
clear_all() {
  end_processes
  [ -e "$DIR" ] || return 0
  if [ -e "$STAMP" ]; then # which goes last, as this may be killed, too
    find "$DIR" -mindepth 1 -maxdepth 1 ! -path "$STAMP" -exec rm -rf --one-file-system {} +
    rm -f "$STAMP"
  fi
  rmdir "$DIR" 2>/dev/null || true
}

cluster_down() {
  if is_inside; then fail "call it from outside of the cluster"; fi
  lock_cluster
  clear_all
  rm -f "$LOCK" # with the lock held: whoever waits for it takes a new one
}
