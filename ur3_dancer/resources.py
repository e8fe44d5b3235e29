"""Where the packaged files are: launch, config and resource, however the package was installed."""

import os
import site
import sys
import sysconfig
from pathlib import Path

from ur3_dancer.errors import ConfigError

_PACKAGE = "ur3_dancer"


def roots() -> list[Path]:
    """Return the folders that may hold `config/` and `resource/`, nearest first.

    A source tree (a clone, an editable install, colcon's symlink install) carries the files beside
    the package; a plain install and an ament prefix put them under `share/`.
    """
    package = Path(__file__).resolve().parent
    candidates = []
    if (package.parent / "package.xml").is_file():
        candidates.append(package.parent)
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    prefixes += [sysconfig.get_path("data"), sys.prefix, site.getuserbase()]
    # lib/pythonX.Y/site-packages/ur3_dancer: the prefix of `pip install --target` or of colcon.
    prefixes += [str(parent) for parent in package.parents[:5]]
    candidates += [Path(prefix) / "share" / _PACKAGE for prefix in prefixes if prefix]
    return [root for root in dict.fromkeys(candidates) if root.is_dir()]


def find(relative: str) -> Path:
    """Return the packaged file or folder `relative`, for instance `config/live.yaml`.

    Raises:
        ConfigError: no installation root has it.
    """
    searched = roots()
    for root in searched:
        if (root / relative).exists():
            return root / relative
    places = ", ".join(map(str, searched)) or "no installation root"
    raise ConfigError(
        f"packaged file {relative} was not found in {places}: install again with `make setup`, "
        "`pip install .` or `colcon build`"
    )
