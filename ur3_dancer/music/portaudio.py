"""PortAudio: the only home of `sounddevice`, and what devices it knows."""

from ur3_dancer.errors import AudioError
from ur3_dancer.music.sound_device import SoundDevice

_MISSING = (
    "PortAudio, which speaks to sound cards, is not installed: run "
    "`sudo apt-get install libportaudio2`, or use --audio demo or --audio FILE"
)


def portaudio():
    """Return the `sounddevice` module, whose import needs the PortAudio library.

    Raises:
        AudioError: PortAudio is missing.
    """
    try:
        import sounddevice
    except (OSError, ImportError):
        raise AudioError(_MISSING) from None
    return sounddevice


def list_devices(kind: str = "input") -> list[SoundDevice]:
    """Return all devices that can record, or, with `output`, all that can play.

    Raises:
        AudioError: PortAudio is missing.
    """
    sounddevice = portaudio()
    hosts = sounddevice.query_hostapis()
    default = sounddevice.default.device[0 if kind == "input" else 1]
    return [
        SoundDevice(
            index=index,
            name=device["name"],
            host=hosts[device["hostapi"]]["name"],
            channels=device[f"max_{kind}_channels"],
            rate_hz=int(device["default_samplerate"]),
            is_default=index == default,
            kind=kind,
        )
        for index, device in enumerate(sounddevice.query_devices())
        if device[f"max_{kind}_channels"] > 0
    ]


def refresh() -> None:
    """Let PortAudio look for devices anew: it lists them once, when it starts."""
    sounddevice = portaudio()
    sounddevice._terminate()
    sounddevice._initialize()
