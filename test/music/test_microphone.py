import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.pulse import null_sink, pulse_missing

from ur3_dancer.errors import AudioError
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.portaudio import list_devices
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.sound_device import SoundDevice, choose_again, choose_device, explain
from ur3_dancer.music.source import open_source
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.synth import generate_song

REPOSITORY = Path(__file__).parents[2]
needs_pulse = pytest.mark.skipif(bool(pulse_missing()), reason=pulse_missing() or "present")

# PortAudio reads its environment once a process, so each hearing is a process of its own.
HEAR = """
import json, sys, time
import numpy as np
from ur3_dancer.music.microphone import Microphone
seconds_s, path, settings, stall_s = sys.argv[1:]
seconds_s, stall_s = float(seconds_s), float(stall_s)
microphone = Microphone(**json.loads(settings))
microphone.open()
blocks, states, end_s = [], [], None
while end_s is None or time.monotonic() < end_s:
    block = microphone.read(0.1)
    if not states or states[-1] != microphone.state:
        states.append(microphone.state)
        print(json.dumps({"state": microphone.state}), flush=True)
    if block is not None:
        if end_s is None:
            end_s = time.monotonic() + seconds_s
            print(json.dumps({"state": "heard"}), flush=True)
        if stall_s and len(blocks) == 250:
            time.sleep(stall_s)
        blocks.append(block)
microphone.close()
late_s = [b.start_s - a.start_s - len(a.samples) / 48000 for a, b in zip(blocks, blocks[1:])]
np.save(path, np.concatenate([block.samples for block in blocks]))
print(json.dumps({"states": states, "overruns": microphone.overruns, "rate_hz": microphone.rate_hz,
                  "largest_gap_s": max(late_s), "start_s": microphone.start_s,
                  "device_latency_s": microphone.device_latency_s,
                  "lasted_s": blocks[-1].start_s - blocks[0].start_s,
                  "counted_s": sum(len(block.samples) for block in blocks[:-1]) / 48000}))
"""


def devices() -> list[SoundDevice]:
    names = ["pulse", "USB Audio: front", "USB Audio: rear"]
    return [
        SoundDevice(index, name, "ALSA", 2, 48_000, index == 1) for index, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("wanted", "index"), [("", 1), ("2", 2), ("PULSE", 0), ("rear", 2), ("USB Audio: front", 1)]
)
def test_when_a_device_is_named_expect_that_one(wanted, index):
    assert choose_device(devices(), wanted).index == index


@pytest.mark.parametrize(
    ("found", "wanted", "text"),
    [
        ([], "", "no sound input device"),
        (devices(), "9", "no input device fits '9'"),
        (devices(), "theremin", "theremin"),
        (devices(), "usb", "2 input devices fit 'usb'"),
    ],
)
def test_when_no_single_device_fits_expect_what_there_is(found, wanted, text):
    with pytest.raises(AudioError, match=text) as caught:
        choose_device(found, wanted)
    assert all(device.name in str(caught.value) for device in found)


@pytest.mark.parametrize(
    ("wanted", "last", "follow", "index"),
    [
        ("", "USB Audio: rear", False, 2),  # the default at the start was another one
        ("", "USB Audio: rear", True, 1),
        ("rear", "USB Audio: rear", True, 2),
        ("7", "pulse", False, 0),  # its index changed
        ("rear", "USB Audio: gone", False, 2),
    ],
)
def test_when_a_device_was_lost_expect_the_same_again_or_the_new_default(
    wanted, last, follow, index
):
    assert choose_again(devices(), wanted, last, follow).index == index


def test_when_two_alike_are_there_expect_the_lost_one_replaced_by_the_first():
    twins = [SoundDevice(index, "USB mic", "ALSA", 1, 48_000, False) for index in (4, 6)]
    assert choose_again(twins, "", "USB mic", False).index == 4
    with pytest.raises(AudioError, match="no input device fits 'USB mic'"):
        choose_again(devices(), "7", "USB mic", False)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("Error opening InputStream: Device unavailable", -9985), "another program uses it"),
        (
            ("Error opening InputStream", -9999, (0, -13, "Permission denied")),
            "usermod -aG audio",
        ),
        (("Error opening InputStream: Illegal combination of I/O devices", -9993), "permissions"),
        ((), "PortAudioError"),
    ],
)
def test_when_a_device_cannot_be_opened_expect_its_name_the_cause_and_what_to_do(arguments, text):
    sounddevice = pytest.importorskip("sounddevice", exc_type=OSError)
    said = explain("USB Audio: front", sounddevice.PortAudioError(*arguments))
    assert said.startswith("microphone USB Audio: front cannot be opened (") and text in said


def input_devices() -> list[SoundDevice]:
    try:
        return list_devices()
    except AudioError:
        return []


@pytest.mark.skipif(bool(input_devices()), reason="this machine has an input device")
def test_when_no_device_is_there_expect_the_track_unless_one_was_asked_for():
    source = open_source("auto")
    assert source.name == "demo"
    assert source.note.startswith("the built-in track: ")
    for audio, device in (("mic", ""), ("auto", "usb")):
        with pytest.raises(AudioError, match="--audio demo"):
            open_source(audio, device=device)


def test_when_portaudio_is_missing_expect_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(AudioError, match="sudo apt-get install libportaudio2"):
        list_devices()


def start_hearing(
    sink, seconds_s: float, path: Path, stall_s: float = 0.0, **settings
) -> subprocess.Popen:
    """Return a process that listens; it has heard its first block when this returns."""
    settings = json.dumps({"device": "pulse", **settings})
    process = subprocess.Popen(
        [sys.executable, "-c", HEAR, str(seconds_s), str(path), settings, str(stall_s)],
        env=sink.env | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(process, "heard")
    return process


def wait_for(process: subprocess.Popen, state: str) -> None:
    for line in process.stdout:
        if json.loads(line).get("state") == state:
            return
    raise AssertionError(f"the microphone process ended before it was {state}")


def finish(process: subprocess.Popen) -> dict:
    lines = process.communicate(timeout=30)[0].splitlines()
    assert process.returncode == 0
    return json.loads(lines[-1])


@needs_pulse
@pytest.mark.slow
def test_when_a_song_plays_expect_the_microphone_to_hear_the_file_and_its_features(tmp_path):
    song = generate_song(11, 4.0, style="rock")
    samples = song.samples[: 6 * song.rate_hz]
    soundfile.write(tmp_path / "song.wav", samples, song.rate_hz, subtype="FLOAT")
    with null_sink() as sink:
        process = start_hearing(sink, 8.5, tmp_path / "heard.npy")
        player = sink.play(tmp_path / "song.wav")
        result = finish(process)
        player.wait(10)
    heard = np.load(tmp_path / "heard.npy")
    assert result["states"] == ["listening"] and result["rate_hz"] == 48_000
    assert result["largest_gap_s"] < 0.02
    length = len(heard) + len(samples)
    product = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(samples, length))
    start = int(np.argmax(np.fft.irfft(product)[: len(heard) - len(samples)]))
    heard = heard[start : start + len(samples)]
    assert np.corrcoef(heard, samples)[0, 1] > 0.999
    frames = [
        FeatureStream(SPECS["mdlt60"]).process(Resampler(48_000, 30_720).process(each))
        for each in (heard, samples)
    ]
    mfcc = SPECS["mdlt60"].columns["mfcc"]
    difference = np.abs(frames[0][10:, mfcc] - frames[1][10:, mfcc])
    assert np.median(difference) < 0.5


@needs_pulse
@pytest.mark.slow
def test_when_the_microphone_is_unplugged_and_back_expect_it_heard_again(tmp_path):
    with null_sink() as sink:
        process = start_hearing(sink, 9.0, tmp_path / "heard.npy")
        sink.unplug()
        wait_for(process, "lost")
        sink.plug_in()
        wait_for(process, "listening")
        result = finish(process)
    assert result["states"] == ["listening", "lost", "listening"]
    assert result["largest_gap_s"] > 1.0


@needs_pulse
@pytest.mark.slow
def test_when_the_default_device_changes_expect_the_new_one_heard_if_asked(tmp_path):
    song = generate_song(11, 4.0, style="rock")
    soundfile.write(tmp_path / "song.wav", song.samples[: 3 * 48_000], 48_000)
    with null_sink() as sink:
        process = start_hearing(sink, 9.0, tmp_path / "heard.npy", device="", follow_default=True)
        sink.unplug()
        wait_for(process, "lost")
        sink.plug_in("another")
        wait_for(process, "listening")
        player = sink.play(tmp_path / "song.wav", "another")
        finish(process)
        player.wait(10)
    heard = np.load(tmp_path / "heard.npy")
    assert np.abs(heard).max() > 0.1


@needs_pulse
@pytest.mark.slow
def test_when_the_reader_stalls_expect_the_loss_counted_and_filled_with_zeros(tmp_path):
    with null_sink() as sink:
        process = start_hearing(sink, 6.0, tmp_path / "heard.npy", stall_s=3.5)
        result = finish(process)
    assert result["overruns"] >= 1
    assert result["counted_s"] == pytest.approx(result["lasted_s"], abs=0.05)
    assert result["largest_gap_s"] < 0.05, "lost sound is filled, not skipped"


@needs_pulse
@pytest.mark.slow
def test_when_the_machine_is_overloaded_expect_no_sound_lost_unseen(tmp_path):
    command = [sys.executable, "-m", "ur3_dancer.cli.main", "bench", "microphone", "--json"]
    command += ["--device", "pulse", "--seconds", "5", "--load", "4"]
    with null_sink() as sink:
        answer = subprocess.run(
            command, env=sink.env | {"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True
        )
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["heard_s"] >= 5.0 and result["capture_to_window_ms"]["p99"] > 0.0
    # Less than nothing only says that the first blocks were late, and so stamped late.
    assert result["unaccounted_ms"] < 60.0, result
    assert result["windows"] == pytest.approx(60 * result["heard_s"], abs=60)


@needs_pulse
@pytest.mark.slow
def test_when_the_sound_server_goes_before_opening_expect_the_device_named():
    code = (
        "import sys; from ur3_dancer.music.microphone import Microphone;"
        "from ur3_dancer.errors import AudioError; microphone = Microphone('pulse');"
        "print('found', flush=True); sys.stdin.readline()\n"
        "try: microphone.open()\nexcept AudioError as error: print(error)"
    )
    with null_sink() as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=sink.env | {"PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout.readline() == "found\n"
        sink.end()
        said = process.communicate("\n", timeout=30)[0]
    assert said.startswith("microphone pulse cannot be opened (") and "another device" in said


@needs_pulse
@pytest.mark.slow
def test_when_a_channel_is_not_there_expect_how_many_there_are():
    code = (
        "from ur3_dancer.errors import AudioError\n"
        "from ur3_dancer.music.source import open_source\n"
        "try: open_source('auto', device='pulse', channel=60)\n"
        "except AudioError as error: print(error)"
    )
    with null_sink() as sink:
        env = sink.env | {"PYTHONPATH": str(REPOSITORY)}
        answer = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True
        )
    assert "microphone pulse has" in answer.stdout and "no channel 60" in answer.stdout
