"""ROS 2 nodes; the only importers of rclpy and of message packages.

Numeric libraries take one thread each in a live process: two cores serve three nodes and an arm.
They read these variables when they are first imported, hence here, before any of them can be.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
