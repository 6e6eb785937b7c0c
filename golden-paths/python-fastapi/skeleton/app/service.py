"""What this service is called and which build of it runs.

Name and description are written once, in pyproject.toml; the pipeline writes VERSION.
"""

import tomllib
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_VERSION_FILE = _ROOT / "VERSION"

NAME: str = _PROJECT["name"]
DESCRIPTION: str = _PROJECT["description"]
API_VERSION: str = _PROJECT["version"]
VERSION: str = _VERSION_FILE.read_text().strip() if _VERSION_FILE.exists() else "dev"
