# shellcheck shell=bash
# What hack/make-image and hack/check-image share: a tool that builds images, and its three commands. Sourced.

# Sets BUILDER. A client alone is not enough, as docker's may have no daemon to talk to.
find_builder() {
  local tool
  for tool in ${KIP_BUILDER:-buildah docker podman}; do
    command -v "$tool" >/dev/null || continue
    if [ "$tool" = buildah ]; then
      # No runc and no daemon: a build step is a chroot, with the machine's network.
      export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
      # Where a folder cannot be laid over another, as inside many containers, plain copies do.
      if [ -z "${STORAGE_DRIVER:-}" ] && ! buildah info >/dev/null 2>&1; then export STORAGE_DRIVER=vfs; fi
      # Where signatures are wanted is the machine's business; a machine without a policy file asks for none.
      policy=()
      if [ ! -e /etc/containers/policy.json ] && [ ! -e "${HOME:-/root}/.config/containers/policy.json" ]; then
        echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$ROOT/build/image/policy.json"
        policy=(--signature-policy "$ROOT/build/image/policy.json")
      fi
    fi
    if "$tool" info >/dev/null 2>&1; then
      BUILDER=$tool
      return
    fi
  done
  fail "no working buildah, docker or podman: run hack/install-deps image, which installs buildah"
}

# When the commit was made: the date of every file in the image, and of the image.
source_date() { git -C "$ROOT" log -1 --format=%ct 2>/dev/null || echo 0; }
version() { sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt"; }

build_image() { # IMAGE DOCKERFILE CONTEXT [OPTIONS...]
  local image=$1 file=$2 context=$3
  shift 3
  set -- "$@" -t "$image" -f "$file" --build-arg "VERSION=$(version)"
  case $BUILDER in
    buildah) buildah build -q "${policy[@]}" --timestamp "$SOURCE_DATE_EPOCH" "$@" "$context" >/dev/null ;;
    podman) podman build -q --timestamp "$SOURCE_DATE_EPOCH" "$@" "$context" >/dev/null ;;
    docker) DOCKER_BUILDKIT=1 docker build -q --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "$@" "$context" >/dev/null ;;
  esac || fail "$BUILDER could not build the image: see above"
}

save_image() { # IMAGE FILE
  rm -f "$2.new"
  case $BUILDER in
    buildah) buildah push -q "${policy[@]}" "$1" "oci-archive:$2.new:$1" >/dev/null ;;
    podman) podman save -q --format oci-archive -o "$2.new" "$1" >/dev/null ;;
    docker) docker save -o "$2.new" "$1" ;;
  esac || fail "$BUILDER could not save the image: see above"
  mv "$2.new" "$2"
}
