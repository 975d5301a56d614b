# shellcheck shell=bash
# shellcheck disable=SC2034,SC2054  # CMD is for launch(); options hold commas
# The command lines of everything but the nodes: each sets CMD, and writes the files that its program reads.

command_etcd() {
  # No fsync: the data need not outlive the machine, and tests start faster.
  CMD=(etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --listen-peer-urls http://127.0.0.1:2380
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379)
}

command_apiserver() {
  CMD=(kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=443 --advertise-address="$HOST"
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt"
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/sa.pub"
    --service-account-signing-key-file="$PKI/sa.key"
    --service-account-extend-token-expiration=false # a token of 600 s ends after 600 s, not after a year
    --service-cluster-ip-range="${SERVICE%.*}.0/16" --authorization-mode=Node,RBAC --allow-privileged=true
    --endpoint-reconciler-type=none # the Service address is ours, without endpoints
    --shutdown-watch-termination-grace-period=2s # else it ends 60 s after SIGTERM, waiting for watches that nobody ended
    --kubelet-preferred-address-types=InternalIP --kubelet-client-certificate="$PKI/admin.crt"
    --kubelet-client-key="$PKI/admin.key" # these three are for kubectl logs and exec
    --audit-policy-file="$ROOT/hack/cluster.d/audit.yaml" --audit-log-path="$LOGS/audit.log"
    --feature-gates="ImageVolume=$IMAGE_VOLUMES")
}

command_controller_manager() {
  CMD=(kube-controller-manager --kubeconfig "$DIR/controller-manager.kubeconfig" --leader-elect=false
    --service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" --use-service-account-credentials=true
    --flex-volume-plugin-dir="$DIR/flex-volumes") # else it makes a folder in /usr/libexec
}

command_scheduler() {
  CMD=(kube-scheduler --kubeconfig "$DIR/scheduler.kubeconfig" --leader-elect=false)
}

# Without a cache of what is stored, so that a moved tag or a deleted manifest is seen at once. The access log goes to
# standard output, which is kept in NAME-access.log.
command_registry() { # NAME ADDRESS [MORE CONFIGURATION]
  cat >"$DIR/$1.yaml" <<K
version: 0.1
log: {level: warn, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: "$DIR/$1"}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}}}
http: {addr: "$2"}
${3:-}
K
  CMD=(docker-registry serve "$DIR/$1.yaml")
}
command_open_registry() { command_registry registry "$REGISTRY"; }
command_private_registry() {
  command_registry private-registry "$PRIVATE" "auth: {htpasswd: {realm: kip, path: \"$DIR/htpasswd\"}}"
}
