"""Asks the OSV database about every component of an SBOM: python3 tools/scan.py sbom.cdx.json

Ends with 1 if a component is known to be vulnerable and pyproject.toml does not say why that does
not matter here. A database that cannot be reached ends as "not scanned": said, and not a failure.
The outcome is written to $GITHUB_OUTPUT as `scan`: passed, failed or not-scanned.
"""

import json
import os
import sys
import tomllib
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
OSV_URL = os.environ.get("OSV_URL", "https://api.osv.dev")
SECONDS = 10


def find_vulnerabilities(purls: list[str]) -> dict[str, list[str]]:
    """The ids of what is known about each package; only packages with any are in the answer."""
    body = json.dumps({"queries": [{"package": {"purl": purl}} for purl in purls]}).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{OSV_URL}/v1/querybatch", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        results = json.load(answer)["results"]
    return {
        purl: [found["id"] for found in result["vulns"]]
        for purl, result in zip(purls, results, strict=True)
        if result.get("vulns")
    }


def report(outcome: str) -> None:
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a") as output:
            output.write(f"scan={outcome}\n")


def main() -> int:
    components = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["components"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ignored: dict[str, str] = project.get("tool", {}).get("scan", {}).get("ignore", {})
    try:
        found = find_vulnerabilities([component["purl"] for component in components])
    except (OSError, ValueError, KeyError) as error:
        reason = f"{OSV_URL} gave no answer: {error}".replace("\n", " ")
        print(f"not scanned: {reason}")
        print(f"::warning title=not scanned::{reason}")
        report("not-scanned")
        return 0

    counted = 0
    for purl, ids in found.items():
        for identifier in ids:
            if identifier in ignored:
                print(f"ignored: {purl} has {identifier}: {ignored[identifier]}")
                continue
            counted += 1
            print(f"::error title=vulnerable dependency::{purl} has {identifier}")
    print(f"scanned {len(components)} components: {counted} vulnerabilities")
    report("failed" if counted else "passed")
    return 1 if counted else 0


if __name__ == "__main__":
    sys.exit(main())
