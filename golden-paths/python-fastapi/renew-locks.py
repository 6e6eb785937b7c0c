#!/usr/bin/env python3
"""Renews the skeleton's lock files: ./renew-locks.py [uv arguments, such as --upgrade]

Locks pyproject.toml once with a database and once without, and writes both as one template in which the
packages that only a database needs stand in a condition. Needs `uv`.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SKELETON = pathlib.Path(__file__).parent / "skeleton"
CONDITION = re.compile(r"\n\{%- if values\.database == 'postgres' %\}(.*?)\n\{%- endif %\}", re.S)
COMMAND = "uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate"


def locked(directory: pathlib.Path, output: str, arguments: list[str]) -> list[str]:
    """Runs uv in `directory` and returns the lock's entries, each with its lines of hashes."""
    target = directory / output
    target.write_text((SKELETON / output).read_text() if (SKELETON / output).exists() else "")
    target.write_text(re.sub(r"\{%-.*?%\}\n", "", target.read_text()))
    subprocess.run(
        [*COMMAND.split(), "--quiet", "--no-header", *arguments, "pyproject.toml", "-o", output],
        cwd=directory,
        check=True,
    )
    return re.findall(r"^\S.*\n(?:    .*\n)*", target.read_text(), re.M)


def render(with_database: list[str], without: list[str], command: str) -> str:
    """Writes the entries in order; those that only the database needs stand in a condition."""
    text = f"# Made by: {command}"
    inside = False
    for entry in with_database:
        only = entry not in without
        if only != inside:
            text += "\n{%- if values.database == 'postgres' %}" if only else "\n{%- endif %}"
            inside = only
        text += "\n" + entry.rstrip("\n")
    return text + ("\n{%- endif %}\n" if inside else "\n")


def main() -> None:
    project = (SKELETON / "pyproject.toml").read_text()
    project = re.sub(r"\$\{\{.*?\}\}", '"service"', project)
    with tempfile.TemporaryDirectory() as scratch:
        variants = []
        for name, replacement in [("with", r"\1"), ("without", "")]:
            directory = pathlib.Path(scratch) / name
            directory.mkdir()
            (directory / "pyproject.toml").write_text(CONDITION.sub(replacement, project))
            variants.append(directory)
        for output, extra in [
            ("requirements.txt", []),
            ("requirements-dev.txt", ["--extra", "dev", "-c", "requirements.txt"]),
        ]:
            entries = [locked(v, output, [*extra, *sys.argv[1:]]) for v in variants]
            missing = [e.split("\n")[0] for e in entries[1] if e not in entries[0]]
            if missing:
                sys.exit(f"{output}: locked without a database alone: {missing}")
            command = " ".join([COMMAND, *extra, "pyproject.toml", "-o", output])
            (SKELETON / output).write_text(render(*entries, command))


if __name__ == "__main__":
    main()
