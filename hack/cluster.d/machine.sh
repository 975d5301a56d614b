# shellcheck shell=bash
# What the machine must have, each with a line that says what to do about it; and the cgroups, which are the one
# thing that namespaces do not keep apart.

CAPABILITIES='SYS_ADMIN:21 NET_ADMIN:12 SYS_CHROOT:18 MKNOD:27 SETUID:7 SETGID:6 CHOWN:0 DAC_OVERRIDE:1 KILL:5 SETPCAP:8'
CGROUPS_V1='cpu cpuset memory pids devices freezer'
PRIVILEGED='in a container, start that with --privileged'

has_capability() { # NUMBER
  local set
  set=$(sed -n 's/^CapEff:\t//p' /proc/self/status)
  (((0x$set >> $1) & 1))
}

check_machine() {
  local c lacking=''
  [ "$(uname -s)" = Linux ] || fail "needs Linux: use a virtual machine with Debian 12"
  for c in $CAPABILITIES; do has_capability "${c#*:}" || lacking="$lacking CAP_${c%:*}"; done
  [ -z "$lacking" ] || fail "this root lacks$lacking: $PRIVILEGED"
  for c in runc docker-registry skopeo openssl ip mkfs.ext4 mount losetup unshare nsenter flock cc perl; do
    command -v $c >/dev/null || lacking="$lacking $c"
  done
  for c in bridge host-local; do [ -x /usr/lib/cni/$c ] || lacking="$lacking /usr/lib/cni/$c"; done
  [ -z "$lacking" ] || fail "not installed:$lacking: run hack/install-deps cluster"
  case $DIR/ in
    /run/* | /var/run/* | /var/log/* | /proc/* | /sys/* | /dev/*)
      fail "$DIR would be hidden inside the cluster: set KIP_CLUSTER_DIR to a folder outside of /run and /var/log" ;;
    *[:\"\\]*) fail "$DIR: PATH and KUBECONFIG cannot hold a colon, nor YAML a quote: set KIP_CLUSTER_DIR to another folder" ;;
  esac
  check_kernel
  check_cgroups
}

check_kernel() {
  local error m
  # Loaded on demand on most machines; where modprobe is missing they are often built in, so what counts comes below.
  for m in overlay bridge veth loop; do modprobe -q "$m" 2>/dev/null || true; done
  grep -qw overlay /proc/filesystems || fail "the kernel has no overlayfs: modprobe overlay (as root of the host)"
  losetup -f >/dev/null 2>&1 ||
    fail "no loop devices: modprobe loop; $PRIVILEGED"
  error=$(unshare --net --mount --pid --ipc --uts --fork --mount-proc sh -c \
    'mount -t tmpfs tmpfs /run && ip link add kip0 type bridge && ip link add kip1 type veth peer name kip2' 2>&1) ||
    fail "cannot make namespaces with a bridge in them (${error##*$'\n'}): $PRIVILEGED, else load the modules bridge and veth"
}

cgroup_version() { if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo 2; else echo 1; fi; }

check_cgroups() {
  local c
  if [ "$(cgroup_version)" = 1 ]; then
    for c in $CGROUPS_V1; do
      [ -e "/sys/fs/cgroup/$c/cgroup.procs" ] || fail "the cgroup controller $c is not mounted: mount it, or boot with cgroup v2"
      [ -w "/sys/fs/cgroup/$c" ] || fail "/sys/fs/cgroup/$c is read-only: $PRIVILEGED"
    done
  else
    for c in cpu cpuset memory pids; do
      grep -qw $c /sys/fs/cgroup/cgroup.controllers || fail "the cgroup controller $c is not available here: $PRIVILEGED"
    done
    [ -w /sys/fs/cgroup/cgroup.subtree_control ] || fail "/sys/fs/cgroup is read-only: $PRIVILEGED"
  fi
}

# A kubelet wants the parent of its cgroups to be there, with the controllers that it uses.
make_cgroup() { # NAME of a node
  local s f
  if [ "$(cgroup_version)" = 1 ]; then
    for s in /sys/fs/cgroup/*; do
      if [ -L "$s" ] || [ ! -e "$s/cgroup.procs" ]; then continue; fi # cpu and cpuacct may be links to one
      mkdir -p "$s/$ID/$1"
    done
    for s in "$ID" "$ID/$1"; do # a new cpuset is empty, and nothing can run in it
      for f in cpus mems; do cat "/sys/fs/cgroup/cpuset/cpuset.$f" >"/sys/fs/cgroup/cpuset/$s/cpuset.$f"; done
    done
    return
  fi
  delegate /sys/fs/cgroup
  mkdir -p "/sys/fs/cgroup/$ID"
  delegate "/sys/fs/cgroup/$ID"
  mkdir -p "/sys/fs/cgroup/$ID/$1"
}

delegate() { # FOLDER: hand its cgroup v2 controllers to its children
  local c p
  for c in cpuset cpu io memory hugetlb pids; do
    grep -qw $c "$1/cgroup.controllers" || continue
    if ! echo "+$c" >"$1/cgroup.subtree_control" 2>/dev/null; then
      # In a container this folder is not the real root, and one with processes in it cannot delegate.
      mkdir -p "$1/init"
      while read -r p; do echo "$p" >"$1/init/cgroup.procs" 2>/dev/null || true; done <"$1/cgroup.procs"
      echo "+$c" >"$1/cgroup.subtree_control" || fail "cannot delegate the cgroup controller $c: $PRIVILEGED --cgroupns=private"
    fi
  done
}

cgroup_folders() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$ID" 2>/dev/null; }

# Fails while something is left. Its processes must have ended; the kernel may take a moment to let go of them.
remove_cgroups() {
  local d
  for d in $(cgroup_folders); do find "$d" -depth -type d -exec rmdir {} \; 2>/dev/null || true; done
  [ -z "$(cgroup_folders)" ]
}
