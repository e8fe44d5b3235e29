"""List input devices."""

import argparse

HELP = "list the sound input devices that --set microphone.device=... can name"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(args: argparse.Namespace) -> int:
    """Print one line a device, the default one marked."""
    from ur3_dancer.music.portaudio import list_devices

    devices = list_devices()
    for device in devices:
        print(device)
    if not devices:
        print("no input device: plug one in, or use --audio demo or --audio FILE")
    return 0
