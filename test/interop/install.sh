#!/usr/bin/env bash
# Installs the real programs that the interop tests need and that are missing, each into a folder of its own:
# ${XDG_CACHE_HOME:-~/.cache}/chartseal/interop/<name>-<version>/ (a file `done` marks success, a file `skipped` holds
# the reason of a failure). Go programs come from `go install`, the Debian one from `apt-get download`, unpacked and not
# installed, so that no service of it starts. Never fails: a missing program is said here and again after the tests.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/chartseal/interop"
mkdir -p "$cache"
PATH="$PATH:/usr/local/go/bin"

note() { printf 'interop: %s\n' "$*"; }

# A proxy of modules that fails once is asked once more.
twice() { "$@" || { sleep 5 && "$@"; }; }

# NAME-VERSION REASON
skip() {
  mkdir -p "$cache/$1"
  printf '%s\n' "$2" >"$cache/$1/skipped"
  note "SKIPPED $1: $2"
}

# NAME-VERSION BINARY MODULE@VERSION
go_program() {
  local dir="$cache/$1"
  if [ -f "$dir/done" ] && [ -x "$dir/$2" ]; then
    note "$1 is there"
    return
  fi
  if ! command -v go >/dev/null; then
    skip "$1" 'go is not installed'
    return
  fi
  mkdir -p "$dir"
  note "$1: go install $3 (a minute or two)"
  if GOBIN="$dir" GOFLAGS=-mod=mod twice go install "$3" >"$dir/install.log" 2>&1 && [ -x "$dir/$2" ]; then
    rm -f "$dir/skipped"
    touch "$dir/done"
  else
    skip "$1" "go install failed: $(tail -n 1 "$dir/install.log" | cut -c 1-200)"
  fi
}

# NAME-VERSION BINARY FOLDER [PACKAGE [LDFLAGS]]: for modules that `go install` refuses; FOLDER has go.mod and go.sum, which
# pin all of it
go_module() {
  local dir="$cache/$1"
  if [ -f "$dir/done" ] && [ -x "$dir/$2" ]; then
    note "$1 is there"
    return
  fi
  if ! command -v go >/dev/null; then
    skip "$1" 'go is not installed'
    return
  fi
  mkdir -p "$dir"
  note "$1: go build (minutes, once)"
  if (cd "$3" && CGO_ENABLED=0 twice go build -mod=readonly -buildvcs=false -trimpath -ldflags "${5:-}" -o "$dir/$2" "${4:-.}") \
    >"$dir/install.log" 2>&1; then
    rm -f "$dir/skipped"
    touch "$dir/done"
  else
    skip "$1" "go build failed: $(tail -n 1 "$dir/install.log" | cut -c 1-200)"
  fi
}

# NAME-VERSION MODULE@VERSION FOLDER: files that come with a module, like the definitions of Kubernetes kinds
go_files() {
  local dir="$cache/$1" found
  if [ -f "$dir/done" ]; then
    note "$1 is there"
    return
  fi
  mkdir -p "$dir"
  note "$1: go mod download $2"
  if found="$(cd "$dir" && twice go mod download -json "$2" 2>"$dir/install.log" | sed -n 's/^.*"Dir": "\(.*\)",\{0,1\}$/\1/p')" &&
    cp -f "$found/$3"/*.yaml "$dir/"; then
    rm -f "$dir/skipped"
    touch "$dir/done"
  else
    skip "$1" "go mod download failed: $(tail -n 1 "$dir/install.log" | cut -c 1-200)"
  fi
}

# NAME-VERSION BINARY PACKAGE: into <dir>/<BINARY>
debian_program() {
  local dir="$cache/$1" own
  if [ -f "$dir/done" ] && [ -x "$dir/$2" ]; then
    note "$1 is there"
    return
  fi
  mkdir -p "$dir"
  own="$(command -v "$2" || true)"
  if [ -n "$own" ]; then
    ln -sf "$own" "$dir/$2"
    rm -f "$dir/skipped"
    touch "$dir/done"
    note "$1: $own of this machine"
    return
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    skip "$1" "$2 is not installed, and there is no apt-get to fetch it with"
    return
  fi
  note "$1: apt-get download $3"
  # `_apt` must be able to write where the download goes, hence a folder of its own.
  local work
  work="$(mktemp -d)"
  chmod 755 "$work"
  download() { (cd "$work" && apt-get download "$3" >"$dir/install.log" 2>&1); }
  if ! twice download "$@"; then
    if [ "$(id -u)" != 0 ]; then
      rm -rf "$work"
      skip "$1" "apt-get download $3 failed, and only root may run apt-get update"
      return
    fi
    apt-get update >>"$dir/install.log" 2>&1 || true
    download "$@" || true
  fi
  if dpkg-deb -x "$work"/*.deb "$work/root" 2>>"$dir/install.log" && cp "$work/root/usr/bin/$2" "$dir/$2"; then
    rm -f "$dir/skipped"
    touch "$dir/done"
  else
    skip "$1" "apt-get download $3 failed: $(tail -n 1 "$dir/install.log" | cut -c 1-200)"
  fi
  rm -rf "$work"
}

# A server, with the user it runs as; no cluster of it is made and none started. Where it is missing, only root can
# install it, and the tests say what they leave out.
postgres() {
  if [ -x /usr/lib/postgresql/15/bin/initdb ]; then
    note 'postgresql-15 is there'
  elif ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    note 'SKIPPED postgresql-15: not installed, and only root can install it with apt-get'
  else
    note 'postgresql-15: apt-get install'
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/chartseal-interop.conf
    local log="$cache/postgresql-15.log"
    get() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-15 >>"$log" 2>&1; }
    get || { apt-get update >>"$log" 2>&1 && get; } ||
      note "SKIPPED postgresql-15: apt-get failed: $(tail -n 1 "$log" | cut -c 1-200)"
  fi
}

go_program helm-4.2.4 helm helm.sh/helm/v4/cmd/helm@v4.2.4
go_program helm-3.21.4 helm helm.sh/helm/v3/cmd/helm@v3.21.4
go_program helm-3.21.3 helm helm.sh/helm/v3/cmd/helm@v3.21.3
go_program registry-3.1.2 registry github.com/distribution/distribution/v3/cmd/registry@v3.1.2
debian_program docker-registry-2.8 docker-registry docker-registry
debian_program openssl-any openssl openssl
go_program cosign-3.1.3 cosign github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
go_program fulcio-1.8.8 fulcio github.com/sigstore/fulcio@v1.8.8
go_program rekor-2.3.0 posix github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix@v2.3.0
go_program timestamp-authority-2.1.3 timestamp-server github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server@v2.1.3
go_module referrers-registry-0.22.1 registry "$(dirname "$0")/referrers-registry"
kubernetes="$(dirname "$0")/kubernetes"
stamp='-X k8s.io/component-base/version'
stamped="-s -w $stamp.gitVersion=v1.36.3 $stamp.gitMajor=1 $stamp.gitMinor=36 $stamp.gitTreeState=archive $stamp.buildDate=1970-01-01T00:00:00Z"
for name in kube-apiserver kubectl; do
  go_module "$name-1.36.3" "$name" "$kubernetes/api-server" "k8s.io/kubernetes/cmd/$name" "$stamped"
done
go_module etcd-3.6.8 etcd "$kubernetes/api-server" go.etcd.io/etcd/server/v3 '-s -w'
go_module source-controller-1.9.3 source-controller "$kubernetes/source-controller" github.com/fluxcd/source-controller
go_module gatekeeper-3.23.1 gatekeeper-manager "$kubernetes/gatekeeper" github.com/open-policy-agent/gatekeeper/v3
go_files crds-flux-1.9.3 github.com/fluxcd/source-controller@v1.9.3 config/crd/bases
go_files crds-argocd-3.5.1 github.com/argoproj/argo-cd/v3@v3.5.1 manifests/crds
go_files crds-k3s-0.17.9 github.com/k3s-io/helm-controller@v0.17.9 pkg/crds/yaml/generated
go_files crds-capi-0.5.3 sigs.k8s.io/cluster-api-addon-provider-helm@v0.5.3 config/crd/bases
go_files crds-gatekeeper-3.23.1 github.com/open-policy-agent/gatekeeper/v3@v3.23.1 charts/gatekeeper/crds
go_module vault-1.21.1 vault "$(dirname "$0")/vault"
postgres
