"""UR order, defined once: every array of six joint values in the project has this order."""

JOINTS = (
    "shoulder_pan_joint",
    "shoulder_lift_joint",
    "elbow_joint",
    "wrist_1_joint",
    "wrist_2_joint",
    "wrist_3_joint",
)
"""Names as Universal Robots' ROS description gives them, from base to tool."""
