"""The microphone node: sound in, stamped windows of features and the beat out."""

import sys
import threading
import time

import numpy as np
from sensor_msgs.msg import Image
from std_msgs.msg import Float64MultiArray
from std_srvs.srv import Trigger

from ur3_dancer.errors import DancerError
from ur3_dancer.music.block import Block
from ur3_dancer.music.cued_source import CuedSource
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.recorder import Recorder
from ur3_dancer.music.source import Source, open_source
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.window import Window
from ur3_dancer.nodes.messages import window_to_image
from ur3_dancer.nodes.runtime import BEST_EFFORT, LATENCIES_KEPT, DancerNode, run
from ur3_dancer.robot.cadence import SampleRing

_READ_TIMEOUT_S = 0.1
_WAIT_S = 0.02
_SILENT_DB = -60.0
_SILENT_S = 5.0


class MicrophoneNode(DancerNode):
    """Listens on a thread of its own, so that no ROS call delays a block."""

    def __init__(self):
        super().__init__("microphone")
        self._windows = self.create_publisher(Image, "music/window", BEST_EFFORT)
        self._beats = self.create_publisher(Float64MultiArray, "music/beat", BEST_EFFORT)
        self._source = None
        self._cued: CuedSource | None = None
        self._listener = None
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()
        self._failure: DancerError | None = None
        self._known_beats_s: list[float] | None = None
        self._sent = 0
        self._spent_s = 0.0
        self._latency_s = SampleRing(LATENCIES_KEPT)
        self._cost_s = SampleRing(LATENCIES_KEPT)
        self._recorder: Recorder | None = None
        self._is_lost = False
        self._is_silent = False
        self._heard_s: float | None = None
        self.create_service(Trigger, "~/cue", self._take_cue)
        self.create_timer(0.05, self._watch_listener)

    def setup(self) -> None:
        """Find the source without opening it, and warm the extractor up."""
        self._source = open_source(
            self.value("audio"),
            clock=self.clock,
            device=self.value("device"),
            follow_default=self.value("follow_default"),
            channel=self.value("channel"),
            block_samples=self.value("block_samples"),
            delay_s=self.value("delay_s"),
        )
        if self.value("cue") != "none":
            level_db = self.value("cue_level_db") if self.value("cue") == "level" else None
            self._source = self._cued = CuedSource(self._source, self.clock, level_db)
        if self.value("record"):
            self._recorder = Recorder(self.value("record"), self._source.rate_hz)
            self.get_logger().info(f"recording to {self._recorder.path}")
        self._listener = Listener(
            SPECS[self.value("features")],
            self.value("window_frames"),
            self._source.rate_hz,
            gain_db=self.value("gain_db"),
            recorder=self._recorder,
        )
        self._listener.warm_up()
        self.get_logger().info(f"hearing {self._source.name} at {self._source.rate_hz} Hz")
        if self._source.note:
            self.get_logger().warning(f"{self._source.name}: {self._source.note}")

    def begin(self) -> None:
        """Listen as soon as somebody wants the windows: a song should not begin unheard."""
        self._listener.reset()
        self._listening.set()
        self._thread = threading.Thread(target=self._listen, name="listen", daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Stop listening."""
        self._listening.clear()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._known_beats_s = known_beats_s(self._source)
            self._source.close()

    def teardown(self) -> None:
        """Finish the recording."""
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    def diagnose(self) -> dict[str, object]:
        """Return the source and its state, level, losses, drift, cost, latency and the beat."""
        if self._listener is None:
            return {}
        beat, meter, recorder = self._listener.beat, self._listener.meter, self._recorder
        cost_ms, latency_ms = (ring.percentiles(1000.0) for ring in (self._cost_s, self._latency_s))
        return {
            "source": self._source.name,
            "source_state": self._source.state,
            "waiting_for_cue": self._cued is not None and self._cued.waiting,
            "level_db": round(meter.level_db, 1),
            "peak_db": round(meter.peak_db, 1),
            "clipped": meter.clipped,
            "windows_sent": self._sent,
            "overruns": self._source.overruns,
            "gaps": self._listener.gaps,
            "drift_ppm": round(self._source.drift_ppm, 1),
            "cost_ms": cost_ms["p50"],
            "cost_p99_ms": cost_ms["p99"],
            "latency_ms": latency_ms["p50"],
            "latency_p99_ms": latency_ms["p99"],
            "recording": (recorder.failure or recorder.path) if recorder else "",
            "recording_lost": recorder.lost if recorder else 0,
            "tempo_bpm": round(beat.tempo_bpm, 1),
            "beat_confidence": round(beat.confidence, 2),
        }

    def report(self) -> dict:
        """Return the parts `audio`, `windows.sent`, `latency_ms.features` and the known beats."""
        if self._source is None:
            return {}
        return {
            "audio": {
                "source": self._source.name,
                "overruns": self._source.overruns,
                "gaps": self._listener.gaps if self._listener else 0,
            },
            "windows": {"sent": self._sent},
            "latency_ms": {"features": self._latency_s.percentiles(1000.0)},
            "beats_s": self._known_beats_s,
        }

    def _take_cue(self, _, response: Trigger.Response) -> Trigger.Response:
        if self._cued is None:
            response.message = "no cue is waited for: set microphone.cue to service or level"
        elif self._thread is None:
            response.message = "the node does not listen yet: activate it first"
        else:
            response.success = True
            news = self._cued.cue()
            response.message = "the music begins" if news else "the cue has come already"
        self.get_logger().info(response.message)
        return response

    def _listen(self) -> None:
        try:
            while self._windows.get_subscription_count() == 0:
                if not self._listening.is_set():
                    return
                time.sleep(_WAIT_S)
            self._source.open()
            while self._listening.is_set() and not self._source.ended:
                block = self._source.read(_READ_TIMEOUT_S)
                if block is not None:
                    self._hear(block)
        except DancerError as error:
            self._failure = error

    def _hear(self, block: Block) -> None:
        """Publish the windows that a block completes; the cost of earlier blocks is theirs too."""
        before_s = self.clock.now_s()
        windows = self._listener.process(block)
        self._spent_s += self.clock.now_s() - before_s
        for window in windows:
            self._publish(window)
        if windows:
            self._cost_s.add(self._spent_s / len(windows))
            self._spent_s = 0.0

    def _publish(self, window: Window) -> None:
        self._windows.publish(window_to_image(window))
        beat = self._listener.beat
        stamp_s, values = window.time_s, (beat.tempo_bpm, beat.phase, beat.confidence)
        self._beats.publish(Float64MultiArray(data=[stamp_s, *map(float, values)]))
        self._latency_s.add(self.clock.now_s() - window.time_s)
        self._sent += 1

    def _died(self) -> bool:
        """Return whether the listening thread ended without a word."""
        if self._thread is None or self._thread.is_alive() or self.finished:
            return False
        return self._failure is None and not self._source.ended

    def _watch_listener(self) -> None:
        """Say how the source fares, and end with it; on the executor's thread, as all states."""
        if self._failure is not None and not self.finished:
            self.fail(self._failure)
        elif self._died():
            self.fail("listening broke off by a defect: see this node's log")
        elif self._source is not None and self._source.ended and not self.finished:
            self.say_state("ended", f"{self._source.name} is over")
            self.finished = True
        elif self._source is not None and self._is_lost != (self._source.state == "lost"):
            self._is_lost = not self._is_lost
            news = "is silent or gone: looking for it" if self._is_lost else "is heard again"
            self.say_state("lost" if self._is_lost else "active", f"{self._source.name} {news}")
        elif self._cued is not None and self._cued.waiting and self._thread is not None:
            self.say_state("active", "silent until the cue")
        elif self._sent and not self.finished:
            self._watch_silence()

    def _watch_silence(self) -> None:
        """Say it when nothing has been heard for a while: a person looks for the cable first."""
        now_s, level_db = self.clock.now_s(), self._listener.meter.level_db
        if self._heard_s is None or level_db > _SILENT_DB:
            self._heard_s = now_s
        if self._is_silent == (now_s - self._heard_s > _SILENT_S):
            return
        self._is_silent = not self._is_silent
        if self._is_silent:
            self.get_logger().warning(
                f"{self._source.name} has been silent for {_SILENT_S:g} s ({level_db:.0f} dB): "
                "check volume, microphone.gain_db and microphone.device; the arm waits for music"
            )
        self.say_state("active", "silence" if self._is_silent else "")


def known_beats_s(source: Source) -> list[float] | None:
    """Return the monotonic times of a source's beats, or None where they are not known."""
    if source.start_s is None or source.beats_s is None:
        return None
    return (source.start_s + np.asarray(source.beats_s)).tolist()


def main(args: list[str] | None = None) -> int:
    """Run the microphone node."""
    return run(MicrophoneNode, args)


if __name__ == "__main__":
    sys.exit(main())
