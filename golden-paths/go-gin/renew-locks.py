#!/usr/bin/env python3
"""Renews the skeleton's go.mod and go.sum: ./renew-locks.py [arguments of go get, such as -u ./...]

Tidies the service once with a database and once without, and writes both as one template in which
the lines that only a database needs stand in a condition.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SKELETON = pathlib.Path(__file__).parent / "skeleton"
CONDITION = r"values\.database == '(\w+)'"
NAME = "name-of-the-service"


def rendered(text: str, database: str) -> str:
    """As much of the template language as the Go files use."""
    text = re.sub(
        rf"\s*\{{%-? if {CONDITION} -?%\}}(.*?)(?:\{{%-? else -?%\}}(.*?))?\s*\{{%-? endif -?%\}}",
        lambda found: found[2] if found[1] == database else found[3] or "",
        text,
        flags=re.S,
    )
    text = text.replace("${{ values.name | dump }}", f'"{NAME}"')
    return text.replace("${{ values.name }}", NAME)


def write_variant(directory: pathlib.Path, database: str) -> None:
    for file in filter(pathlib.Path.is_file, SKELETON.rglob("*")):
        path = re.sub(
            rf"\$\{{\{{ '([^']*)' if {CONDITION} \}}\}}",
            lambda found: found[1] if found[2] == database else "",
            str(file.relative_to(SKELETON)),
        )
        if "//" in path or not path.endswith((".go", ".sql", "go.mod", "go.sum")):
            continue
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rendered(file.read_text(), database))


def merged(with_database: list[str], without: list[str]) -> str:
    lines = []
    inside = False
    for line in with_database:
        only = line not in without
        if only != inside:
            lines.append("{%- if values.database == 'postgres' %}" if only else "{%- endif %}")
            inside = only
        lines.append(line)
    if inside:
        lines.append("{%- endif %}")
    return "\n".join(lines).replace(NAME, "${{ values.name }}") + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        variants = {}
        for database in ("postgres", "none"):
            variants[database] = pathlib.Path(scratch) / database
            write_variant(variants[database], database)
            if sys.argv[1:]:
                subprocess.run(["go", "get", *sys.argv[1:]], cwd=variants[database], check=True)
            subprocess.run(["go", "mod", "tidy"], cwd=variants[database], check=True)
        for name in ("go.mod", "go.sum"):
            lines = {key: (path / name).read_text().splitlines() for key, path in variants.items()}
            if missing := set(lines["none"]) - set(lines["postgres"]):
                sys.exit(f"{name}: needed without a database alone: {sorted(missing)}")
            (SKELETON / name).write_text(merged(lines["postgres"], lines["none"]))


if __name__ == "__main__":
    main()
