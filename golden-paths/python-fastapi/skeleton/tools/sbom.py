"""Prints what is installed in the environment it runs in as a CycloneDX 1.6 document.

    .venv/bin/python tools/sbom.py > sbom.cdx.json

It needs nothing but the standard library, so that what is listed is what runs, and no more.
"""

import json
import re
import tomllib
import uuid
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent


def component(package: Distribution) -> dict[str, object]:
    name = re.sub(r"[-_.]+", "-", package.name).lower()
    purl = f"pkg:pypi/{name}@{package.version}"
    found: dict[str, object] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": package.version,
        "purl": purl,
    }
    if expression := package.metadata.get("License-Expression"):
        found["licenses"] = [{"expression": expression}]
    return found


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version_file = ROOT / "VERSION"
    version = version_file.read_text().strip() if version_file.exists() else project["version"]
    packages = sorted(distributions(), key=lambda package: package.name.lower())
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {"type": "application", "name": project["name"], "version": version},
        },
        "components": [component(package) for package in packages],
    }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
