"""Show a running performance in a browser."""

import argparse

HELP = (
    "show a running performance in a browser: the arm, what it hears, and start, stop, reset, home"
)

PORT_HELP = "port of the view; 0 takes a free one"
HOST_HELP = (
    "let others on the network see the view and press its buttons: the address to listen on, for "
    "instance 0.0.0.0. They need the token in the URL that is printed"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--port", type=int, default=0, help=PORT_HELP)
    parser.add_argument("--host", default="", help=HOST_HELP)
    parser.add_argument("--arm", default="ur3", help="ur3, ur3e or a YAML file, as the driver's")
    parser.add_argument("--namespace", default="/", help="ROS namespace of the performance")
    parser.add_argument("--no-browser", action="store_true", help="print the URL only")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or until the process that started this one is gone."""
    import os
    import signal
    import sys

    from ur3_dancer.clock import SystemClock
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.stage.view.process import TOKEN_VARIABLE, come_after_the_dance
    from ur3_dancer.stage.view.viewer import Viewer

    come_after_the_dance()
    stop: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: stop.append(received))
    parent = os.getppid()
    feed = [sys.executable, "-m", "ur3_dancer.nodes.view_feed", "--namespace", args.namespace]
    viewer = Viewer(
        feed,
        load_arm_config(args.arm),
        SystemClock(),
        port=args.port,
        host=args.host,
        token=os.environ.get(TOKEN_VARIABLE, ""),
    )
    try:
        url = viewer.open()
        print(f"view: {url}", flush=True)
        if not args.no_browser:
            _open_browser(url)
        while not stop and os.getppid() == parent:
            viewer.turn()
    finally:
        viewer.close()
    return 0


def _open_browser(url: str) -> None:
    """Open the page where there is a screen; a text browser would take the terminal away."""
    import os
    import webbrowser

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)
