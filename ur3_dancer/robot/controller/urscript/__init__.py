"""An interpreter for the part of URScript that control scripts use."""
