"""Sound devices: how they are shown, chosen, and found again; knows no PortAudio."""

from dataclasses import dataclass

from ur3_dancer.errors import AudioError

_UNAVAILABLE = -9985
"""PortAudio's code for a device that is busy or gone."""


@dataclass(frozen=True)
class SoundDevice:
    """A device that can record or play, as `str()` shows it to people.

    Attributes:
        index, name, host: as PortAudio knows it.
        channels: how many it records, or plays.
        rate_hz: what it prefers.
        is_default: whether the system chose it.
        kind: `input` or `output`.
    """

    index: int
    name: str
    host: str
    channels: int
    rate_hz: int
    is_default: bool
    kind: str = "input"

    def __str__(self) -> str:
        mark = "*" if self.is_default else " "
        return (
            f"{mark} {self.index}: {self.name} ({self.host}, {self.channels} "
            f"{self.kind.removesuffix('put')}, {self.rate_hz} Hz)"
        )


def choose_device(devices: list[SoundDevice], wanted: str, kind: str = "input") -> SoundDevice:
    """Return the device with index or (part of) name `wanted`; the default one for "".

    Args:
        devices: all of one kind.
        wanted: index, name, or part of it.
        kind: `input` or `output`, for the messages.

    Raises:
        AudioError: there is none, or several fit.
    """
    if not devices:
        else_ = ", or use --audio demo or --audio FILE" if kind == "input" else ""
        raise AudioError(f"there is no sound {kind} device: plug one in{else_}")
    listing = "\n".join([f"{kind} devices:", *map(str, devices)])
    if not wanted:
        return next((device for device in devices if device.is_default), devices[0])
    if wanted.isdigit():
        fitting = [device for device in devices if device.index == int(wanted)]
    else:
        name = wanted.casefold()
        fitting = [device for device in devices if device.name.casefold() == name]
        fitting = fitting or [device for device in devices if name in device.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise AudioError(f"no {kind} device fits {wanted!r}: name one of these\n{listing}")
    raise AudioError(
        f"{len(fitting)} {kind} devices fit {wanted!r}: give an index or more of the name\n"
        f"{listing}"
    )


def choose_again(devices: list[SoundDevice], wanted: str, last: str, follow: bool) -> SoundDevice:
    """Return the device to open after the one called `last` was lost.

    The same one, though its index may have changed; or what is the default now, if no device was
    `wanted` and `follow` says so.

    Raises:
        AudioError: it is not there.
    """
    if follow and not wanted:
        return choose_device(devices, "")
    same = [device for device in devices if device.name == last]
    if same:
        return same[0]
    return choose_device(devices, last if wanted.isdigit() or not wanted else wanted)


def explain(name: str, error: Exception, what: str = "microphone") -> str:
    """Return why a device could not be opened and what to do, from PortAudio's error."""
    said = " ".join(map(str, error.args)) or type(error).__name__
    reason = str(error.args[0]) if error.args else said
    if "ermission denied" in said:
        mend = "let your user use sound cards (sudo usermod -aG audio $USER) and log in again"
    elif _UNAVAILABLE in error.args:
        mend = "another program uses it: close that one, or choose another device"
    else:
        mend = (
            "close other programs that use it, check its permissions (group audio), or choose "
            "another device (`ur3-dancer devices` lists them)"
        )
    return f"{what} {name} cannot be opened ({reason}): {mend}"
