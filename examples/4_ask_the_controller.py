"""Starts the embedded controller and speaks to it as any RTDE client does: with ur-rtde alone.

What moves is simulated: one joint, by moveJ and back.

Run: .venv/bin/python examples/4_ask_the_controller.py
"""

from ur3_dancer.robot.embedded import EmbeddedController

HOST = "127.0.0.32"


def main() -> None:
    """Read the pose, move, read again."""
    import rtde_control
    import rtde_receive

    with EmbeddedController("ur3", host=HOST):
        receive = rtde_receive.RTDEReceiveInterface(HOST)
        control = rtde_control.RTDEControlInterface(HOST)
        q = receive.getActualQ()
        print("joints", [round(value, 3) for value in q])
        control.moveJ([*q[:5], q[5] + 0.5], 1.0, 2.0)
        print(f"wrist_3 moved by {receive.getActualQ()[5] - q[5]:.3f} rad")
        control.moveJ(q, 1.0, 2.0)
        control.stopScript()


if __name__ == "__main__":
    main()
