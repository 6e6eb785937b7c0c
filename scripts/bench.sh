#!/bin/sh
# Measures what docs/performance.md describes: scripts/bench.sh [services|templates|store|ingress]…
set -eu
cd "$(dirname "$0")/.."
target=$(cargo metadata --format-version 1 --no-deps --offline | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')

title() {
    printf '\n## %s\n\n' "$1"
}

example() {
    cargo build --quiet --release -p "causeway-$1" --example "$2"
}

[ $# -gt 0 ] || set -- services templates store ingress
for part in "$@"; do
    case $part in
        services)
            title 'create service, by phase'
            cargo build --quiet --release -p platform
            python3 scripts/bench/services.py "$target/release/platform"
            ;;
        templates)
            title 'template rendering'
            example template skeleton_speed
            "$target/release/examples/skeleton_speed"
            ;;
        store)
            title 'store'
            example store store_bench
            "$target/release/examples/store_bench"
            ;;
        ingress)
            title 'ingress'
            example ingress proxy
            scripts/bench/ingress.sh "$target/release/examples/proxy"
            ;;
        *)
            echo 'usage: scripts/bench.sh [services|templates|store|ingress]…' >&2
            exit 2
            ;;
    esac
done
