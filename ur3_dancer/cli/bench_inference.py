"""The inference bench: what a frame's answer costs, model by model, on one core."""

import argparse
import os

_MODELS = ("mdlt_t", "mdlt_t_paper", "mdlt_t_paper_eager", "mdlt_m", "lstm")
_LM2D = "lm2d"
_FRAME_HZ = 60.0


def add_inference_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommand's arguments."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="MODEL",
        help=f"{', '.join(_MODELS)}, {_LM2D}, or the name or folder of a checkpoint; may be "
        f"repeated (default: all but {_LM2D})",
    )
    parser.add_argument("--frames", type=int, default=600, help="windows that each model answers")
    parser.add_argument(
        "--soak",
        type=int,
        nargs="?",
        const=100_000,
        default=0,
        metavar="FRAMES",
        help="answer so many more (100,000), and watch the memory",
    )
    parser.add_argument(
        "--back-to-back", action="store_true", help="do not pace: quicker, and understates"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def measure_inference(args: argparse.Namespace) -> dict:
    """Measure; the keys of the result are stated in docs/inference.md."""
    # As in the inference node; it must be said before the libraries are loaded.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    from ur3_dancer.clock import SystemClock
    from ur3_dancer.dance import measure_inference as bench
    from ur3_dancer.dance.spent_time import measure_machine
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.motion.arm_config import load_arm_config

    for name, least in (("frames", 1), ("soak", 0)):
        if getattr(args, name) < least:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give {least} or more")
    models = tuple(dict.fromkeys(args.model or _MODELS))
    result, paced = {"load_before": bench.load()}, not args.back_to_back
    with bench.one_core():
        rate_hz = _FRAME_HZ if paced else None
        result["machine"] = measure_machine(args.frames, SystemClock(), rate_hz)
    named = tuple(model for model in models if model != _LM2D)
    if named:
        arm = load_arm_config("ur3")
        result |= bench.measure_inference(named, arm, args.frames, args.soak, paced)
    if _LM2D in models:
        from ur3_dancer.dance.measure_lm2d import measure

        with bench.one_core():
            result |= measure()
    return {**result, "load_after": bench.load()}


def print_inference(result: dict) -> None:
    """Print a line for each figure."""
    for name, value in result.items():
        if not isinstance(value, dict):
            print(f"{name}: {value}")
            continue
        parts = value if all(isinstance(each, dict) for each in value.values()) else {"": value}
        for part, figures in parts.items():
            label = f"{name}.{part}" if part else name
            print(f"{label:24}" + "   ".join(f"{key} {each}" for key, each in figures.items()))
