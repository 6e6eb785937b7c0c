#!/bin/sh
# What neither compiler nor lints see: which crate may use which, files that documents name, and the syntax of scripts.
set -eu
cd "$(dirname "$0")/.."
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT

say() {
    echo "$1" >>"$failures"
}

# forbid CRATE DEPENDENCY…: the crate does not use these, tests aside
forbid() {
    manifest=crates/$1/Cargo.toml
    [ -f "$manifest" ] || say "scripts/check.sh names the crate $1, which is not there"
    uses=$(awk '/^\[/ { in_it = $0 == "[dependencies]" } in_it { print $1 }' "$manifest")
    crate=$1
    shift
    for dependency in "$@"; do
        if echo "$uses" | grep -qx "$dependency"; then
            say "$manifest: $crate must not use $dependency (see ARCHITECTURE.md)"
        fi
    done
}

# pure: no I/O, no runtime, no clock
for crate in core kinds plan; do forbid "$crate" tokio causeway-store causeway-resources; done
# one outside system each, and no controller
forbid drivers causeway-store causeway-resources causeway-engine
# no private door
forbid cli causeway-store causeway-resources causeway-engine causeway-api
# capabilities meet in the store alone
capabilities='application build catalog delivery repository scaffold'
for crate in $capabilities; do
    for other in $capabilities; do
        [ "$crate" = "$other" ] || forbid "$crate" "causeway-$other"
    done
done

# Files that documents name, as `crates/…` or as a link.
documents=$(find . -name '*.md' -not -path './target/*' -not -path './.platform/*' -not -path '*/skeleton/*' -not -path '*/node_modules/*')
for document in $documents; do
    grep -oE '`(crates|docs|golden-paths|scripts)/[^` ]+`' "$document" | tr -d '`' | grep -vE '[<>*{…]' | while read -r path; do
        [ -e "$path" ] || say "$document: names $path, which is not there"
    done
    grep -oE '\]\([^):#]+(#[^)]*)?\)' "$document" | sed 's/^](//; s/#.*//; s/)$//' | while read -r path; do
        [ -e "$(dirname "$document")/$path" ] || say "$document: links to $path, which is not there"
    done
done

for script in scripts/*.sh scripts/bench/*.sh .ci/run; do
    sh -n "$script" || say "$script: does not parse"
    [ -x "$script" ] || say "$script: is not executable"
done

if [ -s "$failures" ]; then
    cat "$failures" >&2
    exit 1
fi
