#!/bin/sh
# Runs every test and says what was not tried: scripts/test.sh [CARGO ARGUMENT…]
#
# A test that cannot run here prints a line that begins with "SKIPPED:". These lines are gathered and shown at the end. In CI
# (CAUSEWAY_NO_SKIP is set) they are failures, but for what no installation can give: abilities of the kernel, being root, and the
# recorded cases that are kept beside the repository.
set -eu
cd "$(dirname "$0")/.."
beyond_setup='kernel|cgroup|only root|shared/corpus'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{
    cargo test --workspace --no-fail-fast "$@" -- --show-output 2>&1 && echo 0 >"$scratch/status" || echo $? >"$scratch/status"
} | tee "$scratch/log" | awk '
    # what passing tests say is kept out of sight, but for their number
    /^successes:$/ { quiet = 1 }
    /^failures:$/ || /^test result:/ { quiet = 0 }
    !quiet && !/^test .* \.\.\. ok$/ { print; fflush() }
'
status=$(cat "$scratch/status")
grep -ho 'SKIPPED: .*' "$scratch/log" | sort | uniq -c >"$scratch/skipped" || true
if [ -s "$scratch/skipped" ]; then
    echo 'Not tried here:'
    cat "$scratch/skipped"
fi
if [ -n "${CAUSEWAY_NO_SKIP:-}" ] && grep -qvE "$beyond_setup" "$scratch/skipped"; then
    echo 'error: in CI nothing is skipped that could have been installed (see `make setup`)' >&2
    exit 1
fi
exit "$status"
