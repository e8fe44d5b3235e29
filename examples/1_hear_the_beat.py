"""Hears ten seconds of the built-in track frame by frame and prints tempo and beats. Nothing moves.

Run: .venv/bin/python examples/1_hear_the_beat.py [sound file]
"""

import sys

from ur3_dancer.clock import SongClock
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.source import open_source
from ur3_dancer.music.spec import feature_spec

SECONDS = 10.0


def main() -> None:
    """Print a line whenever a beat has passed."""
    # On a song's clock waiting costs nothing; SystemClock would hear it at the pace of life.
    source = open_source(sys.argv[1] if len(sys.argv) > 1 else "demo", clock=SongClock())
    listener = Listener(feature_spec("mdlt60"), window_frames=20, input_rate_hz=source.rate_hz)
    source.open()
    phase, heard_s = 0.0, 0.0
    while not source.ended and heard_s < SECONDS:
        block = source.read(1.0)
        if block is None or not listener.process(block):
            continue
        beat, heard_s = listener.beat, block.start_s - source.start_s
        if beat.phase < phase and beat.confidence > 0.3:
            print(f"{heard_s:6.2f} s  beat  {beat.tempo_bpm:5.1f} BPM  sure {beat.confidence:.2f}")
        phase = beat.phase
    source.close()


if __name__ == "__main__":
    main()
