"""Tables that ship with the package as TOML files beside the modules that use them."""

from pathlib import Path
from typing import Any

import tomli


def read_table(module: str, name: str) -> dict[str, Any]:
    """Read the TOML file `name` beside a module, which is given by its `__file__`."""
    return tomli.loads(Path(module).with_name(name).read_text(encoding="utf-8"))
