# shellcheck shell=bash
# shellcheck disable=SC2034,SC2054  # CMD is for launch(); options hold commas
# A node: a disk, a cgroup, containerd and a kubelet. All nodes share one network namespace and its bridge.

node_run() { echo "$RUN/node$1"; } # N: its sockets, state and, mounted, its disk

# A disk of its own, so that the kubelet can tell how full it is: it collects images and evicts pods by that, and a
# full one can be tested. It is sparse: 8 GiB is how far it may grow (KIP_NODE_DISK).
make_disk() { # N
  local run disk=$DIR/node$1.disk
  run=$(node_run "$1")
  truncate -s "${KIP_NODE_DISK:-8G}" "$disk"
  mkfs.ext4 -qF -m 0 -O ^has_journal "$disk"
  mkdir -p "$run/disk"
  mount -o loop "$disk" "$run/disk" ||
    fail "cannot mount a node's disk: no free loop device (losetup -a), or the kernel lacks ext4"
}

prepare_node() { # N
  local run
  run=$(node_run "$1")
  make_disk "$1"
  make_cgroup "node$1"
  mkdir -p "$run"/{cni,containerd,kubelet}
  cni_config >"$run/cni/10-kip.conflist"
}

command_containerd() { # N
  local run
  run=$(node_run "$1")
  containerd_config "$1" >"$run/containerd.toml"
  CMD=(containerd -c "$run/containerd.toml")
}
# KIP_CONTAINERD_CONFIG is more of it, for a containerd that is stopped and started with it.
containerd_config() { # N
  local run restrict=false
  run=$(node_run "$1")
  # Without this capability runc may not lower an OOM score, and says "can't get final child's PID from pipe".
  has_capability 24 || restrict=true # CAP_SYS_RESOURCE
  cat <<K
version = 3
root = "$run/disk/containerd"
state = "$run/containerd"
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$run/opt"
[plugins."io.containerd.nri.v1.nri"]
  disable = true # its socket has one path for all nodes
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = $restrict
  disable_apparmor = true # a profile would stay in the machine's kernel
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "$ROOT/hack/cluster.d/runc-with-hook"
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "$run/cni"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "$PAUSE"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "$DIR/certs.d"
[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
${KIP_CONTAINERD_CONFIG:-}
K
}

# One bridge for all nodes, so pods of different nodes reach each other; addresses are kept in one place for the same
# reason.
cni_config() {
  cat <<K
{"cniVersion": "1.0.0", "name": "kip", "plugins": [{"type": "bridge", "bridge": "kip0", "isGateway": true, "ipam":
  {"type": "host-local", "dataDir": "$RUN/ipam", "routes": [{"dst": "0.0.0.0/0"}],
   "ranges": [[{"subnet": "10.88.0.0/16", "rangeStart": "10.88.1.1"}]]}}]}
K
}

# Plain HTTP, both registries.
registry_hosts() {
  local r
  for r in "$REGISTRY" "$PRIVATE"; do
    mkdir -p "$DIR/certs.d/$r"
    printf 'server = "http://%s"\n[host."http://%s"]\n' "$r" "$r" >"$DIR/certs.d/$r/hosts.toml"
  done
}

command_kubelet() { # N
  local run
  run=$(node_run "$1")
  kubelet_config "$1" >"$run/kubelet.yaml"
  CMD=(kubelet --kubeconfig "$DIR/node$1.kubeconfig" --config "$run/kubelet.yaml" --root-dir "$run/disk/kubelet"
    --cert-dir "$run/kubelet" --hostname-override "node$1" --node-ip "$HOST" --v 2)
}
# KIP_KUBELET_CONFIG is more of it, for a kubelet that is stopped and started with it.
kubelet_config() { # N
  local run
  run=$(node_run "$1")
  cat <<K
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: "$PKI/ca.crt"}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /$ID/node$1
failSwapOn: false
failCgroupV1: false
containerRuntimeEndpoint: unix://$run/containerd.sock
tlsCertFile: $PKI/node$1.crt
tlsPrivateKeyFile: $PKI/node$1.key
address: $HOST
port: $((10250 + $1 * 10))
healthzBindAddress: 127.0.0.1
healthzPort: $((10400 + $1))
clusterDNS: [${SERVICE%.*}.10]
resolvConf: $RUN/resolv.conf
podLogsDir: $run/disk/pods
volumePluginDir: $run/disk/volume-plugins
evictionHard: {memory.available: 50Mi, nodefs.available: 5%, imagefs.available: 5%}
featureGates: {ImageVolume: $IMAGE_VOLUMES}
registerWithTaints: [$(cat "$run/taints" 2>/dev/null || true)]
${KIP_KUBELET_CONFIG:-}
K
}

node_ctr() { # NODE ARGS...
  local n=${1#node} socket
  socket=$(node_run "$n")/containerd.sock
  [ -S "$socket" ] || fail "no node $1: the nodes are $(cd "$RUN" && echo node[0-9]*)"
  shift
  export_env
  exec ctr --address "$socket" --namespace k8s.io "$@"
}
