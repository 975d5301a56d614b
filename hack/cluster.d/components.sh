# shellcheck shell=bash
# Starting and ending single components, and what runs. All of it is called inside.

nodes() { cat "$DIR/nodes"; } # their numbers
components() {
  local i
  echo etcd apiserver controller-manager scheduler registry private-registry
  for i in $(nodes); do echo "containerd$i kubelet$i"; done
}

set_command() { # NAME: CMD
  case $1 in
    etcd | apiserver | scheduler) "command_$1" ;;
    controller-manager) command_controller_manager ;;
    registry) command_open_registry ;;
    private-registry) command_private_registry ;;
    containerd[1-9]) command_containerd "${1#containerd}" ;;
    kubelet[1-9]) command_kubelet "${1#kubelet}" ;;
  esac
}
check_name() { # NAME
  [[ " $(components | xargs) " == *" $1 "* ]] || fail "no component $1: there are $(components | xargs)"
}

pid_of() { cat "$RUN/$1.pid" 2>/dev/null; } # NAME; an id inside the namespace
# Letter of ps: T is stopped by a signal. Fails when there is no such process, or only its entry.
state_of() { # NAME
  local pid state
  pid=$(pid_of "$1") && state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ] && [ "$state" != X ] && echo "$state"
}
runs() { state_of "$1" >/dev/null; }
ended() { ! runs "$1"; }
# Start, stop and kill of the same component by two callers would meet.
one_at_a_time() { exec 8>>"$RUN/$1.lock"; flock 8; } # NAME

launch() { # NAME
  local out=$LOGS/$1.log
  if [[ $1 = *registry ]]; then out=$LOGS/$1-access.log; fi
  set_command "$1"
  # The lock of those who call this must not live on in a process that stays.
  "${CMD[@]}" </dev/null >>"$out" 2>>"$LOGS/$1.log" 8>&- &
  echo $! >"$RUN/$1.pid"
}

is_ready() { # NAME: works, not only runs
  runs "$1" || return 1
  case $1 in
    etcd) http_answers 200 127.0.0.1 2379 /health ;;
    apiserver) kubectl get --raw /readyz ;;
    registry) http_answers 200 "$HOST" "${REGISTRY#*:}" /v2/ ;;
    private-registry) http_answers 401 "$HOST" "${PRIVATE#*:}" /v2/ ;;
    containerd[1-9]) ctr --address "$(node_run "${1#containerd}")/containerd.sock" version ;;
    kubelet[1-9]) http_answers 200 127.0.0.1 "$((10400 + ${1#kubelet}))" /healthz ;;
  esac
}
wait_ready() { # NAME
  local end=$((SECONDS + 120))
  until is_ready "$1" >/dev/null 2>&1; do
    runs "$1" || fail "$1 ended: $(tail -n 1 "$LOGS/$1.log") (hack/cluster logs $1)"
    [ "$SECONDS" -lt "$end" ] || fail "$1 does not answer after 120 s (hack/cluster logs $1)"
    sleep 0.1
  done
}

component_start() { # NAME
  check_name "$1"
  one_at_a_time "$1"
  if runs "$1"; then note "$1 runs already"; else launch "$1"; fi
  wait_ready "$1"
}

component_stop() { # NAME
  check_name "$1"
  one_at_a_time "$1"
  runs "$1" || { note "$1 does not run"; return; }
  kill -TERM "$(pid_of "$1")"
  kill -CONT "$(pid_of "$1")" 2>/dev/null || true # one that is paused would never see it
  wait_for 90 "$1 to end" ended "$1" || fail "$1 does not end: hack/cluster kill $1"
}

component_kill() { # NAME
  check_name "$1"
  one_at_a_time "$1"
  runs "$1" || { note "$1 does not run"; return; }
  kill -KILL "$(pid_of "$1")"
  wait_for 30 "$1 to end" ended "$1" || fail "$1 does not end"
}

# All of its threads: each stops when it is scheduled next, which on a busy machine is later than the signal.
is_paused() { # NAME
  ! sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$(pid_of "$1")/task/"*/status 2>/dev/null | grep -qv T
}
component_pause() {
  check_name "$1"
  runs "$1" || fail "$1 does not run"
  kill -STOP "$(pid_of "$1")"
  wait_for 30 "$1 to stop" is_paused "$1" || fail "$1 does not stop"
}
component_resume() { check_name "$1"; runs "$1" || fail "$1 does not run"; kill -CONT "$(pid_of "$1")"; }

# What is wrong, one line each; nothing when all is well.
troubles() {
  local c
  for c in $(components); do
    case $(state_of "$c") in
      '') echo "$c does not run (hack/cluster start $c)" ;;
      T) echo "$c is paused (hack/cluster resume $c)" ;;
      *) is_ready "$c" >/dev/null 2>&1 || [[ $c = controller-manager || $c = scheduler ]] || echo "$c does not answer (hack/cluster logs $c)" ;;
    esac
  done
  nodes_not_ready | sed 's/$/ is not Ready/'
}
nodes_not_ready() {
  local i all
  all=$(kubectl get nodes --request-timeout=5s --no-headers 2>/dev/null) || return 0 # said above
  for i in $(nodes); do grep -qE "^node$i +Ready" <<<"$all" || echo "node$i"; done
}
all_nodes_ready() { kubectl get nodes --request-timeout=5s >/dev/null && [ -z "$(nodes_not_ready)" ]; }

cluster_status() {
  local c state wrong
  echo "cluster in $DIR"
  for c in $(components); do
    case $(state_of "$c") in '') state=down ;; T) state=paused ;; *) state=runs ;; esac
    printf '%-20s %-7s %s\n' "$c" "$state" "$(if runs "$c"; then ps -o etime= -p "$(pid_of "$c")" | tr -d ' '; fi)"
  done
  if is_ready apiserver >/dev/null 2>&1; then kubectl get nodes -o wide --request-timeout=5s; fi
  wrong=$(troubles)
  [ -z "$wrong" ] || { printf '%s\n' "$wrong" >&2; exit 1; }
}

log_names() { find "$LOGS" -name '*.log' -printf '%f\n' | sed 's/\.log$//' | sort; }
cluster_logs() { # [-f] [NAME]
  local follow=
  if [ "${1:-}" = -f ]; then follow=-f; shift; fi
  [ -d "$LOGS" ] || fail "no logs in $DIR: run hack/cluster up"
  if [ $# = 0 ]; then log_names; return; fi
  [ -f "$LOGS/$1.log" ] || fail "no log of $1: there are $(log_names | xargs)"
  exec tail -n +1 $follow -- "$LOGS/$1.log"
}
