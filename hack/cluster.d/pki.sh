# shellcheck shell=bash
# Certificates, kubeconfigs, keys of service account tokens, and the password of the private registry. Elliptic
# curve keys, as they are made in no time. All of it lives and dies with the cluster.

NEW_KEY=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

make_cert() { # NAME SUBJECT SUBJECT_ALT_NAMES
  openssl req "${NEW_KEY[@]}" -keyout "$PKI/$1.key" -out "$PKI/$1.csr" -subj "$2"
  openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -days 3650 -set_serial "0x$(openssl rand -hex 8)" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth' "$3") -out "$PKI/$1.crt"
}

make_kubeconfig() { # NAME
  cat >"$DIR/$1.kubeconfig" <<K
apiVersion: v1
kind: Config
clusters: [{name: kip, cluster: {server: "https://$HOST:443", certificate-authority: "$PKI/ca.crt"}}]
users: [{name: $1, user: {client-certificate: "$PKI/$1.crt", client-key: "$PKI/$1.key"}}]
contexts: [{name: kip, context: {cluster: kip, user: $1}}]
current-context: kip
K
}

make_client() { # NAME SUBJECT [SUBJECT_ALT_NAMES]
  make_cert "$1" "$2" "${3:-DNS:$1}"
  make_kubeconfig "$1"
}

make_pki() { # NODES
  local i
  mkdir -m 700 "$PKI"
  openssl req -x509 "${NEW_KEY[@]}" -keyout "$PKI/ca.key" -out "$PKI/ca.crt" -days 3650 -subj /CN=kip-ca
  make_cert apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$HOST,IP:$SERVICE"
  make_client admin /O=system:masters/CN=admin
  make_client controller-manager /CN=system:kube-controller-manager
  make_client scheduler /CN=system:kube-scheduler
  for i in $(seq "$1"); do make_client "node$i" "/O=system:nodes/CN=system:node:node$i" "DNS:node$i,IP:$HOST"; done
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/sa.key"
  openssl pkey -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub"
  make_password
}

make_password() {
  local password
  password=$(openssl rand -hex 12)
  (umask 077 && echo "$password" >"$DIR/registry-password")
  # The registry takes bcrypt only. perl-base is part of every Debian, and its crypt() is libc's.
  # shellcheck disable=SC2016  # perl's variables
  printf '%s:%s\n' "$PRIVATE_USER" "$(SALT=$(openssl rand -hex 11) perl -ne 'chomp; print crypt($_, "\$2y\$05\$$ENV{SALT}")' <<<"$password")" \
    >"$DIR/htpasswd"
  (umask 077 && printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$PRIVATE" "$(printf %s "$PRIVATE_USER:$password" | base64 -w 0)" \
    >"$DIR/registry-auth.json")
}
