#!/bin/sh
# Makes .venv with exactly the packages of one lock file: tools/venv.sh requirements.txt
#
# Wheels are kept beside pip's own cache, because looking thirty packages up in an index takes longer
# than installing them. They are checked against the lock's hashes each time.
set -eu
lock=$1
scratch=$(mktemp -d)
new=$scratch/new
trap 'rm -rf "$scratch" "$new"' EXIT

wheels=${PIP_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pip}/wheels
mkdir -p "$wheels" 2>/dev/null && [ -w "$wheels" ] || wheels=$scratch

python3 -m venv --clear --without-pip .venv
installer=python3
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$scratch/pip"
    installer=$scratch/pip/bin/python
fi

pip() {
    command=$1
    shift
    "$installer" -m pip --python .venv/bin/python --disable-pip-version-check "$command" --quiet \
        --no-deps --require-hashes --only-binary :all: --find-links "$wheels" -r "$lock" "$@"
}

if ! pip install --no-index --no-compile 2>/dev/null; then
    # Renamed into place, so that nobody who shares the folder reads half a file.
    new=$(mktemp -d "$wheels/new.XXXXXX")
    pip download --dest "$new"
    mv -f "$new"/* "$wheels"
    pip install --no-index --no-compile
fi
