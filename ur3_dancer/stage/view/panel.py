"""The controls beside the stage: state, four buttons, two sliders, figures; and what is heard."""

from collections.abc import Callable

import viser

from ur3_dancer.dance.energy import liveliness
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.stage.view import words
from ur3_dancer.stage.view.hearing import Hearing, spec_of
from ur3_dancer.stage.view.margins import joint_margins, tool_speed_m_s
from ur3_dancer.stage.view.performance import Answer, Performance, Seen

_EVERY = {"state": 0.1, "beat": 0.066, "heard": 0.1, "figures": 0.5, "margins": 0.1}
"""How often each part is drawn, seconds."""
_SLIDERS = {"amplitude": ("driver", 1.0), "energy": ("inference", 2.0)}
_HOLD_S = 1.5  # a slider that a person has just moved is not moved back by old news


class Panel:
    """Draws into viser's panels and passes on what people press."""

    def __init__(
        self,
        server: viser.ViserServer,
        config: ArmConfig,
        say: Callable[[str], None],
        set_value: Callable[[str, str, float], None],
    ):
        """Lay out.

        Args:
            server: to draw into.
            config: limits of the arm.
            say: receives start, stop, reset or home when its button is pressed.
            set_value: receives node, parameter and value when a slider is moved.
        """
        self._server, self._config = server, config
        self._say, self._set_value = say, set_value
        self._hearing = Hearing()
        self._due_s: dict[str, float] = {}
        self._shown: dict[str, str] = {}
        self._moved_s: dict[str, float] = {}
        self._now_s = 0.0
        self._answer: Answer | None = None
        gui = server.gui
        gui.configure_theme(dark_mode=True, show_logo=False, show_share_button=False)
        gui.set_panel_label("ur3_dancer")
        gui.add_html(words.STYLE)
        self._state = gui.add_html("")
        self._add_buttons(gui)
        self._said = gui.add_html("")
        self._sliders = {name: self._add_slider(gui, name) for name in _SLIDERS}
        with gui.add_folder("Latency and loop"):
            self._figures = gui.add_html("")
        with gui.add_folder("Margins to the limits"):
            self._margins = gui.add_html("")
        heard = gui.add_panel()
        with heard.add_tab("What it hears", viser.Icon.MUSIC):
            self._beat = gui.add_html("")
            self._picture = gui.add_image(self._hearing.picture(), jpeg_quality=80)
        gui.main_panel.dock_right()
        gui.main_panel.set_width(330)
        heard.float(x=16, y=16)
        heard.set_width(380)

    def hear(self, performance: Performance, seen: Seen, now_s: float) -> None:
        """Take in what was heard until `now_s`, and what was answered."""
        self._now_s = now_s
        for frame in performance.new_frames():
            self._hearing.hear(frame)
        if seen.beat is not None:
            self._hearing.hear_beat(seen.beat)
        for answer in performance.new_answers():
            self._answer = answer

    def draw(self, seen: Seen) -> None:
        """Show what has been heard, each part as often as a person can read it."""
        now_s = self._now_s
        self._html(self._said, "said", words.answer_html(self._answer))
        if self._is_due("state"):
            self._html(self._state, "state", words.state_html(seen, now_s))
        if self._is_due("beat"):
            self._html(self._beat, "beat", words.beat_html(seen.beat, now_s, _lively(seen)))
        if self._is_due("heard"):
            self._picture.image = self._hearing.picture()
        if self._is_due("figures"):
            self._html(self._figures, "figures", words.figures_html(seen))
            self._follow_sliders(seen)
        if self._is_due("margins") and seen.q_rad is not None:
            margins = joint_margins(self._config, seen.q_rad, seen.dq_rad)
            speed = tool_speed_m_s(self._config, seen.q_rad, seen.dq_rad)
            limit = self._config.workspace.tcp_speed_m_s
            self._html(self._margins, "margins", words.margins_html(margins, speed, limit))

    def _add_buttons(self, gui) -> None:
        looks = {
            "stop": (
                "STOP",
                "red",
                viser.Icon.HAND_STOP,
                "Comes to rest at once; latched until a reset",
            ),
            "start": ("Start", "green", viser.Icon.PLAYER_PLAY, "Goes home, then dances"),
            "home": ("Home", "blue", viser.Icon.HOME, "Goes home slowly and stands there"),
            "reset": ("Reset", "gray", viser.Icon.ROTATE, "After a stop: look at the arm first"),
        }
        for word, (label, colour, icon, hint) in looks.items():
            button = gui.add_button(label, color=colour, icon=icon, hint=hint)
            button.on_click(lambda _, word=word: self._say(word))

    def _add_slider(self, gui, name: str):
        node, largest = _SLIDERS[name]
        slider = gui.add_slider(
            name.capitalize(), min=0.0, max=largest, step=0.05, initial_value=1.0, disabled=True
        )

        @slider.on_update
        def _(event) -> None:
            if event.client is not None:  # by a person, not by `_follow_sliders`
                self._moved_s[name] = self._now_s
                self._set_value(node, name, slider.value)

        return slider

    def _follow_sliders(self, seen: Seen) -> None:
        """Show what the nodes have, whoever set it; a node without it has its slider greyed."""
        for name, slider in self._sliders.items():
            value = seen.figure(_SLIDERS[name][0], name)
            slider.disabled = value is None or not seen.is_live(self._now_s)
            held = self._now_s - self._moved_s.get(name, -_HOLD_S) < _HOLD_S
            if value is not None and not held and abs(slider.value - value) > 1e-6:
                slider.value = value

    def _html(self, handle, name: str, content: str) -> None:
        """Send what is news only."""
        if self._shown.get(name) != content:
            self._shown[name] = content
            handle.content = content

    def _is_due(self, name: str) -> bool:
        due = self._now_s >= self._due_s.get(name, 0.0)
        if due:
            self._due_s[name] = self._now_s + _EVERY[name]
        return due


def _lively(seen: Seen) -> float | None:
    if seen.frame is None:
        return None
    spec = spec_of(len(seen.frame.features))
    return None if spec is None else float(liveliness(seen.frame.features[None, :], spec)[0])
