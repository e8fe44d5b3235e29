"""The colours of a rehearsal's plot, video and page: one dark stage, one colour a joint."""

BACKGROUND = "#10141b"
PANEL = "#171d27"
LINES = "#2b3442"
TEXT = "#dfe5ee"
FAINT = "#8794a8"
MUSIC = "#6b7f9c"
BEAT = "#ffd166"
ALARM = "#ff5d5d"
JOINTS = ("#5ab4f0", "#f0a35a", "#6fd08c", "#e77fb3", "#b79cf2", "#e6d36a")
"""From base to tool; chosen to be told apart on the dark ground."""
