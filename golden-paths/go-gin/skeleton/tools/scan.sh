#!/bin/sh
# Looks a binary's modules up in Go's vulnerability database: tools/scan.sh bin/server
#
# Ends with 1 if the binary has a function that is known to be vulnerable. A database that cannot be
# reached ends as "not scanned": said, and not a failure. The outcome is written to $GITHUB_OUTPUT
# as `scan`: passed, failed or not-scanned.
set -eu
binary=$1
database=${GOVULNDB:-https://vuln.go.dev}
scanner=golang.org/x/vuln/cmd/govulncheck@v1.1.4

report() {
    echo "scan=$1" >> "${GITHUB_OUTPUT:-/dev/null}"
}

not_scanned() {
    echo "not scanned: $1"
    echo "::warning title=not scanned::$1"
    report not-scanned
    exit 0
}

# Asked first, because building the scanner takes longer than all the rest.
case $database in
http*)
    if ! reason=$(curl -fsS --max-time 10 -o /dev/null "$database/index/db.json" 2>&1); then
        not_scanned "$database gave no answer: $reason"
    fi
    ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
GOBIN=$scratch go install "$scanner" || not_scanned "the scanner could not be built"

code=0
"$scratch/govulncheck" -db "$database" -mode binary "$binary" || code=$?
case $code in
0) report passed ;;
3) report failed; exit 1 ;;
*) not_scanned "govulncheck ended with $code" ;;
esac
