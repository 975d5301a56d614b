# shellcheck shell=bash
# Putting images into the cluster's registries. Called inside, as only there these can be reached; those of a kind
# cluster (hack/run-e2e.sh --kind) can be reached from here, so tests use the same commands with both.

into_registries() { # "$@" of hack/cluster
  if [ "${KIP_E2E_CLUSTER:-}" != kind ]; then inside "$@"; return; fi
  REGISTRY=$KIP_E2E_REGISTRY PRIVATE=$KIP_E2E_PRIVATE_REGISTRY DIR=$KIP_E2E_KIND_DIR
}

with_host() { # REF: the open registry is the default
  case $1 in
    "$REGISTRY"/* | "$PRIVATE"/*) echo "$1" ;;
    *) echo "$REGISTRY/$1" ;;
  esac
}

image_push() { # REF SOURCE
  local source
  [ -e "$2" ] || fail "no such file or folder: $2"
  if [ -d "$2" ]; then
    [ -e "$2/oci-layout" ] || fail "$2 is not an OCI image folder: it has no oci-layout"
    source=oci:$2
  elif tar -tf "$2" 2>/dev/null | grep -qE '^(\./)?oci-layout$'; then source=oci-archive:$2
  else source=docker-archive:$2; fi
  mkdir -p "$DIR/tmp"
  skopeo --insecure-policy --tmpdir "$DIR/tmp" copy -q --dest-tls-verify=false --dest-authfile "$DIR/registry-auth.json" \
    "$source" "docker://$(with_host "$1")" || fail "cannot push $1 (hack/cluster status; hack/cluster logs registry)"
}

blob() { # FILE: moves it to its place by its digest; prints the digest
  local sum
  sum=$(sha256sum "$1")
  mv "$1" "$layout/blobs/sha256/${sum%% *}"
  echo "sha256:${sum%% *}"
}
size() { stat -c %s "$layout/blobs/sha256/${1#sha256:}"; } # DIGEST

# An image that holds nothing but one file, made by hand: no builder, no storage that two clones would share, and the
# same content gives the same digest.
image_import() { # [--user UID] [--pad BYTES] REF FILE
  local user='' pad='' work layout base arch diff layer config manifest t=application/vnd.oci.image
  while [[ ${1:-} == --* ]]; do
    case $1 in
      --user) user=$2 ;;
      --pad) pad=$2 ;;
      *) usage ;;
    esac
    shift 2
  done
  args 2 $#
  [[ -z $pad || $pad =~ ^[0-9]+$ ]] || fail "--pad takes a number of bytes, not $pad"
  [ -f "$2" ] || fail "no such file: $2"
  mkdir -p "$DIR/tmp"
  work=$(mktemp -d "$DIR/tmp/import.XXXXXX")
  layout=$work/oci base=$(basename "$2")
  mkdir -p "$layout/blobs/sha256" "$work/root"
  cp "$2" "$work/root/$base"
  chmod 555 "$work/root/$base"
  if [ -n "$pad" ]; then head -c "$pad" /dev/urandom >"$work/root/pad"; fi # does not compress, differs every time
  tar -C "$work/root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
  diff=sha256:$(sha256sum <"$work/layer.tar" | cut -d ' ' -f 1)
  gzip -n -1 "$work/layer.tar"
  layer=$(blob "$work/layer.tar.gz")
  arch=$(dpkg --print-architecture)
  printf '{"architecture":"%s","os":"linux","config":{"User":"%s","Entrypoint":["/%s"]},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
    "${arch/ppc64el/ppc64le}" "$user" "$base" "$diff" >"$work/config"
  config=$(blob "$work/config")
  printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json","config":{"mediaType":"%s.config.v1+json","digest":"%s","size":%s},"layers":[{"mediaType":"%s.layer.v1.tar+gzip","digest":"%s","size":%s}]}' \
    $t $t "$config" "$(size "$config")" $t "$layer" "$(size "$layer")" >"$work/manifest"
  manifest=$(blob "$work/manifest")
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s.manifest.v1+json","digest":"%s","size":%s}]}' \
    $t "$manifest" "$(size "$manifest")" >"$layout/index.json"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  image_push "$1" "$layout"
  rm -rf "$work"
}
