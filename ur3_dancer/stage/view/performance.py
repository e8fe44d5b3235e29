"""What has been heard of a running performance, kept for whoever draws it.

A feed sends one JSON object a line; every key is optional, so each line says only what is news:

    {"joints": {"q": [6], "dq": [6], "time_s": s},             measured, rad and rad/s
     "chunk": {"q": [[6], ...], "start_s": s, "step_s": s},    what a policy plans, rad
     "frame": {"features": base64 of float32, "time_s": s},    newest row of the window
     "beat": [time_s, tempo_bpm, phase, confidence],
     "states": {"driver": "DANCING", ...},
     "figures": {"driver": {"rate_hz": "125.0", ...}, ...},    diagnostics, as text
     "answer": {"word": "stop", "success": true, "text": "..."}}

Times are the monotonic seconds of this machine.
"""

import base64
import json
import math
import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ur3_dancer.clock import Clock

SILENT_S = 1.0
"""Joints come 50 times a second: after this long without any, nobody is driving the arm."""
_ANSWERS_KEPT = 20
_ANSWER_S = {"stop": 2.0}
_ANSWER_ELSE_S = 40.0
"""A stop is answered at once; a hand-over or a new connection may take the driver long."""
_UNANSWERED = (
    "no answer from the driver within {:g} s. If the arm must stop, press its emergency stop"
)


@dataclass(frozen=True)
class Beat:
    """The beat as it was when last heard.

    Attributes:
        time_s: when.
        tempo_bpm: beats a minute.
        phase: 0 to 1, the part of the beat that was over.
        confidence: 0 to 1.
    """

    time_s: float
    tempo_bpm: float
    phase: float
    confidence: float

    def phase_at(self, now_s: float) -> float:
        """Return the phase, 0 to 1, at a later time."""
        return (self.phase + (now_s - self.time_s) * self.tempo_bpm / 60.0) % 1.0


@dataclass(frozen=True)
class Plan:
    """A chunk: joint targets (H, 6) rad, point i at `start_s + i * step_s`."""

    q_rad: np.ndarray
    start_s: float
    step_s: float


@dataclass(frozen=True)
class Frame:
    """One frame of features (F,) float32 and the time of its newest sample."""

    features: np.ndarray
    time_s: float


@dataclass(frozen=True)
class Answer:
    """What became of a word that a person said to the driver."""

    word: str
    success: bool
    text: str


@dataclass
class Seen:
    """The newest of everything; None or empty before the first.

    Attributes:
        q_rad, dq_rad: (6,) measured angles and speeds.
        joints_at_s: when angles last arrived.
        heard_at_s: when anything last arrived.
        plan, frame, beat: as their classes say.
        states: node name to the text of its state.
        figures: node name to its diagnostics.
    """

    q_rad: np.ndarray | None = None
    dq_rad: np.ndarray | None = None
    joints_at_s: float = -math.inf
    heard_at_s: float = -math.inf
    plan: Plan | None = None
    frame: Frame | None = None
    beat: Beat | None = None
    states: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)

    def is_live(self, now_s: float) -> bool:
        """Return whether the driver has said where the arm is within the last second."""
        return now_s - self.joints_at_s <= SILENT_S

    def state(self, node: str = "driver") -> tuple[str, str]:
        """Return a node's state and the reason for it; empty texts where neither is known."""
        state, _, reason = self.states.get(node, "").partition(": ")
        return state, reason

    def figure(self, node: str, key: str) -> float | None:
        """Return a number of a node's diagnostics, None where it is not known."""
        try:
            return float(self.figures[node][key])
        except (KeyError, ValueError):
            return None


class Performance:
    """Takes lines from one thread, gives copies to another.

    Attributes:
        malformed: lines that could not be read.
    """

    def __init__(self, clock: Clock):
        """Prepare; nothing is known yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = Seen()
        self._frames: deque[Frame] = deque(maxlen=200)
        self._answers: deque[Answer] = deque(maxlen=_ANSWERS_KEPT)
        self._asked_s: dict[str, float] = {}
        self.malformed = 0

    def take(self, line: str | bytes) -> None:
        """Take in one line of the feed; one that cannot be read is counted and left out."""
        try:
            said = json.loads(line)
            news = {key: _READERS[key](value) for key, value in said.items() if key in _READERS}
        except (AttributeError, KeyError, TypeError, ValueError):
            self.malformed += 1
            return
        now_s = self._clock.now_s()
        with self._lock:
            seen = self._seen
            seen.heard_at_s = now_s
            if "joints" in news:
                seen.q_rad, seen.dq_rad = news["joints"]
                seen.joints_at_s = now_s
            seen.plan = news.get("chunk", seen.plan)
            seen.beat = news.get("beat", seen.beat)
            seen.states.update(news.get("states", {}))
            seen.figures.update(news.get("figures", {}))
            if "frame" in news:
                seen.frame = news["frame"]
                self._frames.append(seen.frame)
            if "answer" in news:
                self._answer(news["answer"])

    def expect(self, word: str) -> None:
        """Note that a word has been said: an answer must come."""
        with self._lock:
            self._asked_s[word] = self._clock.now_s()

    def answer(self, answer: Answer) -> None:
        """Add an answer that did not come from the driver, for instance that it is not there."""
        with self._lock:
            self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        self._asked_s.pop(answer.word, None)
        self._answers.append(answer)

    def seen(self) -> Seen:
        """Return the newest of everything, a copy."""
        with self._lock:
            seen = self._seen
            return Seen(**{**vars(seen), "states": {**seen.states}, "figures": {**seen.figures}})

    def new_frames(self) -> list[Frame]:
        """Return the frames that came since the last call, oldest first."""
        with self._lock:
            frames = list(self._frames)
            self._frames.clear()
        return frames

    def new_answers(self) -> list[Answer]:
        """Return the answers that came, or failed to come, since the last call, oldest first."""
        now_s = self._clock.now_s()
        with self._lock:
            for word, asked_s in list(self._asked_s.items()):
                patience_s = _ANSWER_S.get(word, _ANSWER_ELSE_S)
                if now_s - asked_s > patience_s:
                    self._answer(Answer(word, False, _UNANSWERED.format(patience_s)))
            answers = list(self._answers)
            self._answers.clear()
        return answers


def _joints(value: dict) -> tuple[np.ndarray, np.ndarray]:
    return _numbers(value["q"], (6,)), _numbers(value["dq"], (6,))


def _plan(value: dict) -> Plan:
    return Plan(_numbers(value["q"], (-1, 6)), float(value["start_s"]), float(value["step_s"]))


def _frame(value: dict) -> Frame:
    data = base64.b64decode(value["features"], validate=True)
    return Frame(_numbers(np.frombuffer(data, "<f4"), (-1,)), float(value["time_s"]))


def _answer(value: dict) -> Answer:
    return Answer(str(value["word"]), bool(value["success"]), str(value["text"]))


def _texts(value: dict) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()}


def _numbers(values, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(values, float).reshape(shape)
    if not array.size or not np.isfinite(array).all():
        raise ValueError("empty or not finite")
    return array


_READERS = {
    "joints": _joints,
    "chunk": _plan,
    "frame": _frame,
    "beat": lambda value: Beat(*_numbers(value, (4,)).tolist()),
    "states": _texts,
    "figures": lambda value: {str(node): _texts(figures) for node, figures in value.items()},
    "answer": _answer,
}
