"""What the room's own child processes inherit."""

import os
from pathlib import Path

import ur3_dancer


def child_environment() -> dict[str, str]:
    """Return this process's environment for a child that runs a module of this package.

    It is passed on whole: the wheels of ROS set LD_LIBRARY_PATH and a mark that they did so, and a
    child must get both or neither.
    """
    environment = dict(os.environ)
    # Neither the controller nor the servo loop multiplies matrices worth a second thread.
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    root = Path(ur3_dancer.__file__).resolve().parents[1]
    if (root / "package.xml").is_file() or (root / ".git").exists():
        # A source tree may be on this process's path without being on the child's.
        path = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{path}" if path else str(root)
    return environment
