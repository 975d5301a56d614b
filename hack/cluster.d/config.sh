# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the other parts
# Names, addresses and folders of the cluster, and the environment of what runs in it.

DIR=$(realpath -ms "${KIP_CLUSTER_DIR:-$ROOT/.cluster}")
# What is shared with the rest of the machine (cgroups, process marks, the lock) carries this name, so that clusters
# of two checkouts do not meet.
ID=kip-$(sha256sum <<<"$DIR" | cut -c 1-10)

HOST=10.88.0.1          # the bridge: API server, kubelets and registries listen here, pods reach it
SERVICE=10.96.0.1       # what pods know as KUBERNETES_SERVICE_HOST; there is no kube-proxy, it is an address of lo
REGISTRY=$HOST:5000     # open
PRIVATE=$HOST:5001      # basic auth
PRIVATE_USER=puller
PAUSE=$REGISTRY/pause:3

# Image volumes are on by default from Kubernetes 1.35 only. `false` is a cluster that does not have them: of the API
# server or of a node, which is stopped and started with it.
IMAGE_VOLUMES=${KIP_IMAGE_VOLUMES:-true}

PKI=$DIR/pki
LOGS=$DIR/logs
# Sockets and process ids. Inside, /run is the cluster's own: it goes with it, and keeps socket paths, which may have
# 107 bytes, short wherever the checkout lies.
RUN=/run/kip
# A cluster folder is known by this file: nothing else is ever deleted.
STAMP=$DIR/this-is-a-kip-cluster

export_env() {
  [[ :$PATH: == *":$DIR/bin:"* ]] || export PATH=$DIR/bin:$PATH
  export KIP_CLUSTER_DIR=$DIR KUBECONFIG=$DIR/admin.kubeconfig
  # kubectl and helm key their caches by address, and every cluster here has the same one.
  export KUBECACHEDIR=$DIR/cache/kubectl HELM_CACHE_HOME=$DIR/cache/helm HELM_CONFIG_HOME=$DIR/cache/helm-config \
    HELM_DATA_HOME=$DIR/cache/helm-data
  # What the end-to-end tests need to know of a cluster, whichever kind it is.
  export KIP_E2E_CLUSTER=local KIP_E2E_REGISTRY=$REGISTRY KIP_E2E_PRIVATE_REGISTRY=$PRIVATE \
    KIP_E2E_REGISTRY_USER=$PRIVATE_USER KIP_E2E_CTR="$ROOT/hack/cluster ctr {node}" \
    KIP_E2E_REGISTRY_LOG="$LOGS/registry-access.log"
  KIP_E2E_REGISTRY_PASSWORD=$(cat "$DIR/registry-password" 2>/dev/null || true)
  export KIP_E2E_REGISTRY_PASSWORD
}

print_env() {
  is_up || fail "no cluster is up in $DIR: run hack/cluster up"
  export_env
  local name
  for name in KIP_CLUSTER_DIR KUBECONFIG PATH KUBECACHEDIR HELM_CACHE_HOME HELM_CONFIG_HOME HELM_DATA_HOME \
    "${!KIP_E2E_@}"; do
    printf 'export %s=%q\n' "$name" "${!name}"
  done
}

# Waits until the command succeeds; a name for what is awaited goes into the message.
wait_for() { # SECONDS WHAT CMD...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then note "gave up waiting for $what"; return 1; fi
    sleep 0.1
  done
}

# One HTTP request without curl, which a small machine may not have.
http_status() { # HOST PORT PATH: prints the status code
  local line
  exec 7<>"/dev/tcp/$1/$2" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&7
  read -r -t 5 _ line _ <&7 || true
  exec 7>&-
  echo "$line"
}
http_answers() { # CODE HOST PORT PATH
  [ "$(http_status "$2" "$3" "$4" 2>/dev/null)" = "$1" ]
}
