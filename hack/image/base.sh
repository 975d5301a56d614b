# shellcheck shell=bash
# The base that hack/check-image builds on where no public registry can be reached. Sourced.

BASE_REGISTRY_IMAGE=docker.io/library/debian:12
BASE_LOCAL_IMAGE=localhost/kip-debian:12
BASE_TAR=$CACHE/kip-debian-12.tar

# The machine's apt entries of this Debian release, one "URI SUITE COMPONENTS..." a line, from both forms of file.
apt_entries() {
  local codename=$1
  {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      sed -n 's/^deb  *//p' | sed 's/^\[[^]]*\] *//' || true # there may be no such file
    awk 'function out(i, j) { if (types ~ /(^| )deb( |$)/) for (i = 1; i <= nu; i++) for (j = 1; j <= ns; j++) print u[i], s[j], components
                              types = ""; components = ""; nu = ns = 0 }
         FNR == 1 || /^[[:space:]]*$/ { out() }
         /^Types:/ { sub(/^Types: */, ""); types = $0 }
         /^URIs:/ { sub(/^URIs: */, ""); nu = split($0, u) }
         /^Suites:/ { sub(/^Suites: */, ""); ns = split($0, s) }
         /^Components:/ { sub(/^Components: */, ""); components = $0 }
         END { out() }' /etc/apt/sources.list.d/*.sources 2>/dev/null || true
  } | awk -v c="$codename" '($2 == c || $2 == c "-updates" || $2 == c "-security") && / main( |$)/ && !seen[$0]++'
}

# Makes the base with debootstrap: from the machine's own mirror, with its apt settings and the certificates that were
# added to it, so that apt works in there as it works out here. Kept for the next time.
make_base() {
  local work root entries mirror
  if [ ! -f "$BASE_TAR" ]; then
    [ "$(id -u)" = 0 ] || fail "debootstrap needs root: run it as root, or set KIP_IMAGE_BASE to an image of Debian 12"
    command -v debootstrap >/dev/null || fail "no debootstrap: run hack/install-deps image"
    entries=$(apt_entries bookworm)
    mirror=$(awk '$2 == "bookworm" { print $1; exit }' <<<"$entries")
    [ -n "$mirror" ] || fail "apt's sources name no mirror of bookworm: set KIP_IMAGE_BASE to an image of Debian 12"
    mkdir -p "$CACHE"
    work=$(mktemp -d "$CACHE/debian.XXXXXX")
    # shellcheck disable=SC2064  # now, as it is known now
    trap "rm -rf '$work'" EXIT
    root=$work/root
    note "making Debian 12 with debootstrap (log: $CACHE/debootstrap.log)"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$CACHE/debootstrap.log" 2>&1 ||
      fail "debootstrap failed: $(tail -n 1 "$CACHE/debootstrap.log")"
    # shellcheck disable=SC2001  # every line of several
    sed 's/^/deb /' <<<"$entries" >"$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(http|https|ftp)::' >"$root/etc/apt/apt.conf.d/90machine" || true
    if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
      cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
      chroot "$root" update-ca-certificates >>"$CACHE/debootstrap.log" 2>&1
    fi
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" --numeric-owner --exclude=./dev --exclude=./proc --exclude=./sys -cf "$work/base.tar" .
    mv "$work/base.tar" "$BASE_TAR"
    rm -rf "$work"
    trap - EXIT
  fi
  case $BUILDER in
    docker | podman) "$BUILDER" import "$BASE_TAR" $BASE_LOCAL_IMAGE >/dev/null ;;
    buildah) import_base ;;
  esac || fail "cannot make an image of $BASE_TAR"
}

# shellcheck disable=SC2154  # policy: builder.sh sets it
import_base() {
  local container
  container=$(buildah from "${policy[@]}" scratch) && buildah add -q "$container" "$BASE_TAR" / >/dev/null &&
    buildah commit -q "${policy[@]}" --rm "$container" $BASE_LOCAL_IMAGE >/dev/null
}

# Prints the image to build on.
find_base() {
  if [ -n "${KIP_IMAGE_BASE:-}" ]; then
    echo "$KIP_IMAGE_BASE"
  elif command -v skopeo >/dev/null && timeout 20 skopeo inspect --raw docker://$BASE_REGISTRY_IMAGE >/dev/null 2>&1; then
    echo $BASE_REGISTRY_IMAGE
  else
    make_base >&2
    echo $BASE_LOCAL_IMAGE
  fi
}
