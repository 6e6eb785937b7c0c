#!/bin/sh
# Makes sure that this machine has what is needed: scripts/setup.sh [run|test|bench]
#
# As root on Debian, what is missing is installed with apt. Otherwise, and for what Debian does not have, it says what is missing
# and how to get it. Ends with 1 if something is missing without which nothing works; in CI (CI=true), if anything is.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}

# where jobs of pipelines look for their tools: what only this user's own PATH has does not help them
job_path=/usr/local/go/bin:/usr/lib/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

rust=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
go=$(sed -n 's/^go //p' golden-paths/go-gin/skeleton/go.mod)
python=$(sed -n 's/.*python-version: "\(.*\)"/\1/p' golden-paths/python-fastapi/skeleton/*github*/workflows/ci.yaml | head -n 1)
kubectl=1.28

# is_at_least WANTED FOUND
is_at_least() {
    [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

has() {
    PATH=$job_path:$PATH command -v "$1"
}

has_rust() {
    is_at_least "$rust" "$(rustc --version | awk '{ print $2 }')"
}

has_rust_tools() {
    cargo fmt --version && cargo clippy --version
}

has_postgres() {
    for folder in /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && return 0
    done
    return 1
}

has_python() {
    for program in "python$python" python3; do
        PATH=$job_path "$program" -c "import ensurepip, sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$python')" && return 0
    done
    return 1
}

has_go() {
    is_at_least "$go" "$(PATH=$job_path go version | sed -n 's/.* go\([0-9.]*\) .*/\1/p')"
}

has_kubectl() {
    is_at_least "$kubectl" "$(kubectl version --client | sed -n 's/^Client Version: v\([0-9.]*\).*/\1/p')"
}

# Debian's kubectl, where it is new enough
kubectl_package() {
    candidate=$(apt-cache policy kubernetes-client 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p')
    if is_at_least "$kubectl" "$candidate"; then echo kubernetes-client; fi
}

# need LEVEL WHAT PACKAGES HOW CHECK…: notes what a failing check says is missing; LEVEL is must or should
need() {
    level=$1 what=$2 packages=$3 how=$4
    shift 4
    if "$@" >/dev/null 2>&1; then return 0; fi
    missing="$missing$level|$what|$packages|$how
"
}

look() {
    missing=
    need must "Rust $rust" '' "https://rustup.rs; rustup then fetches $rust by itself" has_rust
    need must 'a C compiler (parts of the database and of TLS are C)' build-essential 'install gcc or clang' has cc
    need must 'git (the Git host runs it)' git 'install git' has git
    need must "PostgreSQL's server programs (databases of services)" postgresql 'install the PostgreSQL server, 14 or newer' has_postgres
    need should "Python $python with venv (services in Python are not built without it)" "python3 python3-venv python3-pip" \
        "install Python $python so that /usr/bin or /usr/local/bin has python$python" has_python
    need should "Go $go (services in Go are not built without it)" '' \
        'https://go.dev/dl, unpacked so that there is /usr/local/go/bin/go; the Go of Debian 12 is too old' has_go
    if [ "$purpose" != run ]; then
        need must 'curl' curl 'install curl' has curl
    fi
    if [ "$purpose" = test ]; then
        need must 'rustfmt and clippy' '' 'rustup component add rustfmt clippy' has_rust_tools
        need should 'psql' postgresql-client 'install the PostgreSQL client' has psql
        need should "kubectl $kubectl or newer" "$(kubectl_package)" 'https://kubernetes.io/docs/tasks/tools/' has_kubectl
        need should 'Chromium (the portal is tried in it)' 'chromium fonts-liberation' 'install Chromium' has chromium
    fi
    if [ "$purpose" = bench ]; then
        need should 'nginx (what the ingress is measured against)' nginx-light 'install nginx' has nginx
        need should 'wrk (the load)' wrk 'https://github.com/wg/wrk' has wrk
    fi
}

install_with_apt() {
    packages=$(printf '%s' "$missing" | cut -d '|' -f 3 | tr '\n' ' ' | xargs)
    if [ -z "$packages" ]; then return 0; fi
    echo "setup: installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || echo 'setup: the package lists could not be renewed; going on with those that are here'
    # shellcheck disable=SC2086 # one word for each package
    apt-get install -y -qq --no-install-recommends $packages || echo 'setup: apt-get failed; see above'
}

look
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install_with_apt
    look
fi
if [ -z "$missing" ]; then exit 0; fi

printf '%s' "$missing" | while IFS='|' read -r _ what packages how; do
    if [ -n "$packages" ] && command -v apt-get >/dev/null; then how="sudo apt-get install $packages"; fi
    printf 'setup: missing: %s\n       get it: %s\n' "$what" "$how"
done >&2
if [ "${CI:-}" = true ] || printf '%s' "$missing" | grep -q '^must|'; then exit 1; fi
