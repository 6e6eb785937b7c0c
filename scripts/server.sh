#!/bin/sh
# A server on this machine: scripts/server.sh up [ARGUMENT…] | down
#
# `up` puts the built binary on the PATH and runs it in the background, with its data, log and process id in .platform (or
# $PLATFORM_DATA). A server that runs already is left alone if it is the same binary, and replaced if it is not.
set -eu
cd "$(dirname "$0")/.."
data=${PLATFORM_DATA:-.platform}
case $data in /*) ;; *) data=$PWD/$data ;; esac
log=$data/server.log
ready=$data/server.ready
pid_file=$data/server.pid
patience=120

# The process id of the server that was started from here, if it still runs.
running() {
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    # another process may have the number by now
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q 'platform up ' || return 1
    echo "$pid"
}

stop() {
    pid=$(running) || return 0
    kill -TERM "$pid"
    waited=0
    while running >/dev/null; do
        if [ "$waited" -ge 150 ]; then
            echo "error: the server (process $pid) did not stop within 15 s; its log is $log" >&2
            exit 1
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
    rm -f "$pid_file" "$ready"
}

# Where the binary goes, so that people can call it by its name.
bin_folder() {
    if [ "$(id -u)" = 0 ]; then echo /usr/local/bin; else echo "$HOME/.local/bin"; fi
}

built_binary() {
    target=$(cargo metadata --format-version 1 --no-deps --offline | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    echo "$target/release/platform"
}

put_on_path() {
    mkdir -p "$bin"
    if ! cmp -s "$built" "$bin/platform"; then
        # renamed into place: a server that runs keeps its own file
        install -m 755 "$built" "$bin/.platform.new"
        mv -f "$bin/.platform.new" "$bin/platform"
    fi
    case :$PATH: in
        *:"$bin":*) ;;
        *) echo "note: $bin is not on your PATH; add it with: export PATH=\"$bin:\$PATH\"" ;;
    esac
}

start() {
    (
        umask 077
        mkdir -p "$data"
        if [ -f "$log" ]; then mv -f "$log" "$log.1"; fi
        : >"$log"
        : >"$ready"
    )
    PLATFORM_DATA=$data setsid "$bin/platform" up --demo "$@" </dev/null >"$ready" 2>"$log" &
    echo $! >"$pid_file"
    waited=0
    while ! grep -q '^ready ' "$ready"; do
        # in its first moments it is not yet what it will be
        if [ "$waited" -ge 5 ] && ! running >/dev/null; then
            echo 'error: the server did not start:' >&2
            grep -v '^{' "$log" | tail -n 5 | sed 's/^/  /' >&2
            echo "  its log is $log" >&2
            rm -f "$pid_file"
            exit 1
        fi
        if [ "$waited" -ge $((patience * 10)) ]; then
            echo "error: the server is not ready after $patience s; it goes on, and its log is $log" >&2
            exit 1
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
}

tell() {
    portal=$(sed -n 's/^ready portal=\([^ ]*\) .*/\1/p' "$ready")
    ingress=$(sed -n 's/^ready .* ingress=\([^ ]*\).*/\1/p' "$ready")
    link=$(PLATFORM_SERVER=$portal PLATFORM_TOKEN=$(cat "$data/admin.token") "$bin/platform" login --print-link) || link=
    cat <<END

Causeway runs.

  portal    $portal
  sign in   ${link:-platform login --print-link}
            (a link works once, for 10 minutes; \`platform login --print-link\` prints another)
  services  http://SERVICE.ENVIRONMENT.localhost:${ingress##*:}
  log       $log
  stop      make down

Make a service:

  platform create service payment-service --language python --framework fastapi --db postgresql --add-ci --add-cd

END
}

up() {
    built=$(built_binary)
    bin=$(bin_folder)
    put_on_path
    if pid=$(running) && cmp -s "$built" "/proc/$pid/exe" && grep -q '^ready ' "$ready"; then
        echo "The server runs already (process $pid)."
    else
        stop
        start "$@"
    fi
    tell
}

down() {
    if ! running >/dev/null; then
        echo 'No server that was started by `make up` runs.'
        return 0
    fi
    stop
    echo "Stopped. Its data is in $data; \`make up\` goes on with it."
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
    up) up "$@" ;;
    down) down ;;
    *)
        echo 'usage: scripts/server.sh up [ARGUMENT…] | down' >&2
        exit 2
        ;;
esac
