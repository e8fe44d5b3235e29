"""One node of a name in a ROS domain on a machine: a second one would command the same arm."""

import fcntl
import os
import tempfile
from pathlib import Path

from ur3_dancer.errors import ConfigError


class InstanceLock:
    """An advisory file lock; the kernel frees it when the process ends, however it ends."""

    def __init__(self, node_name: str):
        """Take the lock.

        Args:
            node_name: fully qualified, for instance `/driver`.

        Raises:
            ConfigError: another process on this machine holds it.
        """
        domain = os.environ.get("ROS_DOMAIN_ID", "0") or "0"
        file_name = f"ur3_dancer-{os.getuid()}-{domain}{node_name.replace('/', '.')}.lock"
        self.path = Path(tempfile.gettempdir()) / file_name
        self._file = self.path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise ConfigError(
                f"node {node_name} already runs in ROS domain {domain} (process {holder}): end "
                "that one first, or give this one another ROS_DOMAIN_ID"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Free the name for others; harmless when already free."""
        self._file.close()
