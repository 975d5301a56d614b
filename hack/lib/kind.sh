# shellcheck shell=bash
# A kind cluster of one control plane and two workers, with two registries beside it, for hack/run-e2e.sh --kind.
# Sourced. The registries are reached by their address on the bridge network `kind`, which is the same for nodes, pods
# and this machine; so docker or podman must run here, not in a virtual machine.

# Each checkout has its own.
KIND_NAME=kip-$(sha256sum <<<"$ROOT" | cut -c 1-8)
KIND_DIR=$CACHE/$KIND_NAME
KIND_REGISTRY_IMAGE=${KIP_KIND_REGISTRY_IMAGE:-docker.io/library/registry:2}

kind_check() {
  local tool
  kind_engine=''
  for tool in docker podman; do
    if command -v $tool >/dev/null && $tool info >/dev/null 2>&1; then kind_engine=$tool; break; fi
  done
  [ -n "$kind_engine" ] || fail "--kind needs a running docker or podman: install one, or leave --kind out"
  for tool in kind kubectl helm; do
    command -v $tool >/dev/null || fail "--kind needs $tool in PATH: install it, or leave --kind out"
  done
  for tool in skopeo openssl perl; do
    command -v $tool >/dev/null || fail "--kind needs $tool: run hack/install-deps cluster"
  done
  if [ "$kind_engine" = podman ]; then export KIND_EXPERIMENTAL_PROVIDER=podman; fi
}

kind_config() {
  cat <<'K'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes: [{role: control-plane}, {role: worker}, {role: worker}]
containerdConfigPatches:
- |-
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
- |-
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"
K
}

kind_password() {
  local password
  if [ -s "$KIND_DIR/registry-password" ]; then return; fi
  password=$(openssl rand -hex 12)
  # shellcheck disable=SC2016  # perl's variables; bcrypt, as for the local cluster
  printf 'puller:%s\n' "$(SALT=$(openssl rand -hex 11) perl -ne 'chomp; print crypt($_, "\$2y\$05\$$ENV{SALT}")' <<<"$password")" \
    >"$KIND_DIR/htpasswd"
  (umask 077 && echo "$password" >"$KIND_DIR/registry-password")
}

kind_registry() { # NAME [OPTIONS...]: starts it if it does not run, prints host:port
  local name=$KIND_NAME-$1 address
  shift
  if [ -z "$("$kind_engine" ps -q --filter "name=^$name\$")" ]; then
    "$kind_engine" rm -f "$name" >/dev/null 2>&1 || true
    "$kind_engine" run -d --name "$name" --network kind -e REGISTRY_STORAGE_DELETE_ENABLED=true "$@" \
      "$KIND_REGISTRY_IMAGE" >/dev/null || fail "cannot start the registry: can $kind_engine pull $KIND_REGISTRY_IMAGE?"
  fi
  address=$("$kind_engine" inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$name")
  [ -n "$address" ] || fail "$name has no address: $kind_engine logs $name"
  echo "$address:5000"
}

kind_up() {
  local node registry
  mkdir -p "$KIND_DIR"
  export KUBECONFIG=$KIND_DIR/kubeconfig
  if ! kind get clusters 2>/dev/null | grep -qx "$KIND_NAME"; then
    kind_config >"$KIND_DIR/kind.yaml"
    kind create cluster --name "$KIND_NAME" --config "$KIND_DIR/kind.yaml" --wait 180s ||
      fail "kind cannot create a cluster: see above"
  else
    kind export kubeconfig --name "$KIND_NAME"
  fi
  kind_password
  KIP_E2E_REGISTRY=$(kind_registry registry)
  KIP_E2E_PRIVATE_REGISTRY=$(kind_registry private-registry -v "$KIND_DIR/htpasswd:/htpasswd:ro" \
    -e REGISTRY_AUTH=htpasswd -e REGISTRY_AUTH_HTPASSWD_REALM=kip -e REGISTRY_AUTH_HTPASSWD_PATH=/htpasswd)
  for node in $(kind get nodes --name "$KIND_NAME"); do
    for registry in "$KIP_E2E_REGISTRY" "$KIP_E2E_PRIVATE_REGISTRY"; do
      "$kind_engine" exec -i "$node" sh -c "mkdir -p '/etc/containerd/certs.d/$registry' && cat >'/etc/containerd/certs.d/$registry/hosts.toml'" \
        <<<"server = \"http://$registry\"
[host.\"http://$registry\"]"
    done
  done
  KIP_E2E_REGISTRY_PASSWORD=$(cat "$KIND_DIR/registry-password")
  (umask 077 && printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$KIP_E2E_PRIVATE_REGISTRY" \
    "$(printf %s "puller:$KIP_E2E_REGISTRY_PASSWORD" | base64 -w 0)" >"$KIND_DIR/registry-auth.json")
  export KIP_E2E_KIND_DIR=$KIND_DIR # for hack/cluster import and push
  export KIP_E2E_CLUSTER=kind KIP_E2E_REGISTRY KIP_E2E_PRIVATE_REGISTRY KIP_E2E_REGISTRY_USER=puller \
    KIP_E2E_REGISTRY_PASSWORD KIP_E2E_CTR="$kind_engine exec {node} ctr --namespace k8s.io"
}

kind_down() {
  kind delete cluster --name "$KIND_NAME" || true
  "$kind_engine" rm -f "$KIND_NAME-registry" "$KIND_NAME-private-registry" >/dev/null 2>&1 || true
  rm -rf "$KIND_DIR"
}
