"""Every parameter of the three nodes: name, default, meaning, unit and range, stated once.

The nodes declare from these tables, `ur3-dancer live --set` checks against them, and a test holds
`config/live.yaml` to them. Nothing here imports ROS, so that the command line can read it at once.
"""

from dataclasses import dataclass

from ur3_dancer.dance.default import DEFAULT_MODEL, DEFAULT_WINDOW
from ur3_dancer.errors import ConfigError

Value = bool | int | float | str


@dataclass(frozen=True)
class Parameter:
    """One ROS parameter; its type is the type of its default.

    Attributes:
        name: as ROS knows it.
        default: value when nobody says otherwise.
        description: what it does, with its unit.
        lower, upper: inclusive range of a number; None where there is no bound.
        choices: the only texts allowed; empty for any.
        settable: whether it may be set while the node works; else it is read once.
    """

    name: str
    default: Value
    description: str
    lower: float | None = None
    upper: float | None = None
    choices: tuple[str, ...] = ()
    settable: bool = False

    def check(self, value: Value) -> Value:
        """Return `value` in the parameter's type.

        Raises:
            ConfigError: wrong type, out of range, or not one of the choices.
        """
        wanted = type(self.default)
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise ConfigError(f"{self.name} is {value!r}: give a {wanted.__name__} ({self.hint()})")
        if self.choices and value not in self.choices:
            raise ConfigError(f"{self.name} is {value!r}: choose {' or '.join(self.choices)}")
        below = self.lower is not None and not value >= self.lower
        above = self.upper is not None and not value <= self.upper
        if below or above:
            raise ConfigError(f"{self.name} is {value!r}, out of range: {self.hint()}")
        return value

    def parse(self, text: str) -> Value:
        """Return the value that a person typed as `text`.

        Raises:
            ConfigError: it is not a value of this parameter.
        """
        wanted = type(self.default)
        if wanted is bool:
            if text.lower() not in ("true", "false"):
                raise ConfigError(f"{self.name} is {text!r}: give true or false")
            return text.lower() == "true"
        try:
            value = wanted(text)
        except ValueError as error:
            raise ConfigError(
                f"{self.name} is {text!r}: give a {wanted.__name__} ({self.hint()})"
            ) from error
        return self.check(value)

    def hint(self) -> str:
        """Return the range or the default, for messages."""
        if self.lower is not None and self.upper is not None:
            return f"allowed is {self.lower:g} to {self.upper:g}"
        if self.choices:
            return " or ".join(self.choices)
        return f"default {self.default!r}"


_COMMON = (
    Parameter("autostart", True, "Configure and activate at once, without a life-cycle manager."),
    Parameter(
        "exit_with_parent",
        True,
        "End at rest when the process that started this node dies.",
    ),
    Parameter("report_file", "", "Write this node's part of the report here at the end (JSON)."),
)

MICROPHONE = (
    *_COMMON,
    Parameter(
        "audio",
        "auto",
        "What to hear: mic, demo (the built-in track), a sound file, or auto (the microphone, or "
        "the built-in track where there is no input device).",
    ),
    Parameter("device", "", "Input device: index or part of its name; empty for the default."),
    Parameter(
        "follow_default",
        False,
        "With no device named: change to the new default when the device is lost or sound cards "
        "come or go.",
    ),
    Parameter(
        "channel",
        0,
        "Channel that is heard, counted from 1; 0 mixes the first two of a device, all of a file.",
        lower=0,
        upper=64,
    ),
    Parameter(
        "delay_s",
        0.0,
        "By how much the microphone's times are late, in s, as `calibrate latency` measures it; "
        "files and the built-in track are never late.",
        lower=-0.1,
        upper=1.0,
    ),
    Parameter(
        "cue",
        "none",
        "When the music begins: none (at once), service (silence until ~/cue), or level (silence "
        "until the microphone hears cue_level_db, or ~/cue).",
        choices=("none", "service", "level"),
    ),
    Parameter(
        "cue_level_db",
        -30.0,
        "Level at the microphone that gives the cue, in dB of full scale.",
        lower=-80.0,
        upper=0.0,
    ),
    Parameter(
        "gain_db", 0.0, "How much louder the sound is made before it is heard.", lower=-60, upper=60
    ),
    Parameter(
        "record",
        "",
        "Sound file to keep what was heard in (.wav, .w64 or .flac); empty for none.",
    ),
    Parameter(
        "block_samples",
        192,
        "Samples in one block from the device; fewer mean less latency and more load.",
        lower=32,
        upper=8192,
    ),
    Parameter(
        "features", "mdlt60", "Feature specification.", choices=("mdlt60", "mdlt30", "lm2d30")
    ),
    Parameter(
        "window_frames",
        DEFAULT_WINDOW,
        "K, frames in a window; must be the model's.",
        lower=1,
        upper=2000,
    ),
)

INFERENCE = (
    *_COMMON,
    Parameter("model", DEFAULT_MODEL, "Checkpoint by name or folder, or groove or mean-pose."),
    Parameter("arm", "ur3", "Arm configuration of rule-based models: ur3, ur3e or a YAML file."),
    Parameter(
        "fallback",
        True,
        "Dance the rule-based groove, loudly, when the checkpoint fails its checks.",
    ),
    Parameter(
        "idle",
        "still",
        "What the arm does in silence, at home: still or breathe (small slow moves).",
        choices=("still", "breathe"),
    ),
    Parameter(
        "energy",
        1.0,
        "How lively groove takes the music to be: a factor; may be set while it dances. Trained "
        "models hear for themselves.",
        lower=0.0,
        upper=2.0,
        settable=True,
    ),
    Parameter(
        "seed", 0, "Decides every draw of lm2d: equal seeds give equal shows.", lower=0, upper=2**31
    ),
    Parameter(
        "variety",
        1.0,
        "How much the dances of lm2d differ, 0 (the likeliest each time) to 1.5; 1 as it was "
        "measured.",
        lower=0.0,
        upper=1.5,
    ),
    Parameter("lyrics", "", "LRC file of the song, for models that hear words; empty for none."),
    Parameter(
        "lyrics_encoder",
        "",
        "Encoder of lyrics: a folder, a model's name or package:NAME; empty for the one that the "
        "model was trained with.",
    ),
    Parameter(
        "lyrics_start_s",
        -1.0,
        "Monotonic time of the song's first sample, in s; -1 for the first that is heard. The "
        "service ~/song says: it starts now.",
        lower=-1.0,
        upper=1e9,
    ),
)

DRIVER = (
    *_COMMON,
    Parameter(
        "robot_ip",
        "embedded",
        "Where the arm is: embedded (a simulated UR3 on loopback), ursim, or a robot's address.",
    ),
    Parameter(
        "controller_host",
        "127.0.0.1",
        "Loopback address of the embedded controller; its ports are fixed, so a second one on a "
        "machine takes 127.0.0.2.",
    ),
    Parameter("arm", "ur3", "Arm configuration with limits: ur3, ur3e or a YAML file."),
    Parameter(
        "allow_motion", False, "Allow a physical arm to move; embedded and ursim may always."
    ),
    Parameter("dry_run", False, "Do everything but send commands."),
    Parameter(
        "start",
        "auto",
        "When to dance: auto (at once on embedded and ursim, never unasked on a physical arm) or "
        "service (wait for ~/start).",
        choices=("auto", "service"),
    ),
    Parameter(
        "amplitude",
        1.0,
        "Size of the motion about the home pose; may be set while the arm dances.",
        lower=0.0,
        upper=1.0,
        settable=True,
    ),
    Parameter(
        "arm_delay_s",
        -1.0,
        "From sending a set-point to the joints being there, in s, as `calibrate latency` measures "
        "it: the dance is played that much ahead. Below 0: what the arm configuration says.",
        lower=-1.0,
        upper=0.5,
    ),
    Parameter(
        "joint_state_rate_hz",
        50.0,
        "How often joint_states and ~/command are published.",
        lower=1.0,
        upper=500.0,
    ),
    Parameter(
        "realtime_priority",
        20,
        "Ask the system for this real-time priority (SCHED_FIFO, 1 to 99); 0 asks for none.",
        lower=0,
        upper=99,
    ),
    Parameter("lock_memory", False, "Ask the system to keep the driver in memory (mlockall)."),
    Parameter("trajectory_file", "", "Save measured and commanded joints here at the end (NPZ)."),
    Parameter("referee_file", "", "Where the embedded controller writes what it counted (JSON)."),
)

NODES: dict[str, tuple[Parameter, ...]] = {
    "microphone": MICROPHONE,
    "inference": INFERENCE,
    "driver": DRIVER,
}
