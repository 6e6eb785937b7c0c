"""Writes openapi.yaml from the code: .venv/bin/python tools/openapi.py"""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from app.main import create_app  # noqa: E402
from app.settings import Settings  # noqa: E402

document = yaml.safe_dump(create_app(Settings()).openapi(), sort_keys=False, allow_unicode=True)
(ROOT / "openapi.yaml").write_text(document, encoding="utf-8")
