"""The inference node: a window of music in, a chunk of poses out."""

import sys

from sensor_msgs.msg import Image
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.dance.resting import Resting
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.nodes.messages import chunk_to_trajectory, image_to_window
from ur3_dancer.nodes.runtime import BEST_EFFORT, LATENCIES_KEPT, DancerNode, run
from ur3_dancer.nodes.settings import FALLBACK_MODEL
from ur3_dancer.robot.cadence import SampleRing


class InferenceNode(DancerNode):
    """Predicts in the subscription's callback: a window that comes meanwhile replaces the last."""

    def __init__(self):
        super().__init__("inference")
        self._chunks = self.create_publisher(JointTrajectory, "dance/trajectory", BEST_EFFORT)
        self._subscription = None
        self._dancer = None
        self._policy = None
        self.create_service(Trigger, "~/song", self._start_song)
        self._used = 0
        self._refused = 0
        self._fell_back = False
        self._latency_s = SampleRing(LATENCIES_KEPT)

    def setup(self) -> None:
        """Load the model, or fall back to the rule-based one, and pay its first-call costs."""
        arm = load_arm_config(self.value("arm"))
        model = self.value("model")
        try:
            self._dancer = load_policy(model, arm)
        except CheckpointError as error:
            if not self.value("fallback"):
                raise
            self._fell_back = True
            self.get_logger().error(f"{error} - DANCING {FALLBACK_MODEL.upper()} INSTEAD")
            self._dancer = load_policy(FALLBACK_MODEL, arm)
        self._policy = Resting(self._dancer, arm.home_rad, self.value("idle") == "breathe")
        self._policy.warm_up()
        if self._has_energy:
            self._dancer.energy = self.value("energy")
        self._prepare_show()

    def _prepare_show(self) -> None:
        """Give LM2D its seed and its lyrics; other models refuse lyrics."""
        lyrics = self.value("lyrics")
        if not hasattr(self._dancer, "begin_show"):
            if lyrics:
                raise ConfigError(
                    f"lyrics {lyrics} are given, but {self._dancer.spec.name} hears no words: "
                    "choose model lm2d, or leave the lyrics away"
                )
            return
        # Imported late: the other models need no torch for it.
        from ur3_dancer.dance.lm2d.policy import ShowSettings
        from ur3_dancer.dance.lm2d.show import prepare_show

        start_s = self.value("lyrics_start_s")
        show = ShowSettings(
            self.value("seed"),
            self.value("variety"),
            song_start_s=None if start_s < 0.0 else start_s,
        )
        for line in prepare_show(self._dancer, show, lyrics, self.value("lyrics_encoder")):
            self.get_logger().info(line)

    def _start_song(self, request: Trigger.Request, response: Trigger.Response):
        """Answer ~/song: the song's first sample sounds now, so that lyrics keep their place."""
        response.success = hasattr(self._dancer, "start_song")
        response.message = "the song starts now"
        if response.success:
            self._dancer.start_song(self.clock.now_s())
        else:
            response.message = "this model places no lyrics: choose lm2d"
        return response

    def begin(self) -> None:
        """Start answering windows."""
        self._policy.reset()
        self._subscription = self.create_subscription(
            Image, "music/window", self._answer, BEST_EFFORT
        )
        if self._fell_back:
            self.say_state("active", f"{self.value('model')} failed; dancing {FALLBACK_MODEL}")

    def halt(self) -> None:
        """Stop answering."""
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def change(self, name: str, value: float) -> None:
        """Set the energy of the dance that goes on; `setup` reads it where none does."""
        if name != "energy" or self._policy is None:
            return
        if not self._has_energy:
            raise ConfigError(
                f"energy cannot be set: {self._dancer.spec.name} hears for itself how lively the "
                "music is; choose model groove"
            )
        self._dancer.energy = value
        self.get_logger().info(f"energy {value:g}")

    @property
    def _has_energy(self) -> bool:
        return hasattr(self._dancer, "energy")

    def diagnose(self) -> dict[str, object]:
        """Return model, counts, latency, and the energy where the model has one."""
        return {
            "model": self._policy.spec.name if self._policy else "",
            "fell_back": self._fell_back,
            "windows_used": self._used,
            "windows_refused": self._refused,
            "latency_ms": self._latency_s.percentiles(1000.0)["p50"],
            "energy": self._dancer.energy if self._has_energy else "",
        }

    def report(self) -> dict:
        """Return the parts `windows.used` and `latency_ms.inference`."""
        return {
            "model": self._policy.spec.name if self._policy else None,
            "fell_back": self._fell_back,
            "windows": {"used": self._used, "refused": self._refused},
            "latency_ms": {"inference": self._latency_s.percentiles(1000.0)},
        }

    def _answer(self, message: Image) -> None:
        spec = self._policy.spec
        began_s = self.clock.now_s()
        try:
            window = image_to_window(message, spec.window_frames, spec.feature_count, spec.rate_hz)
            chunk = self._policy.predict(window)
        except ConfigError as error:
            self._refuse(error)
            return
        self._chunks.publish(chunk_to_trajectory(chunk))
        self._latency_s.add(self.clock.now_s() - began_s)
        self._used += 1

    def _refuse(self, error: ConfigError) -> None:
        """Say it once a run of bad windows; the arm rests while none can be answered."""
        self._refused += 1
        self.say_state("refusing", str(error))
        if str(error) not in self.errors:
            self.errors.append(str(error))


def main(args: list[str] | None = None) -> int:
    """Run the inference node."""
    return run(InferenceNode, args)


if __name__ == "__main__":
    sys.exit(main())
