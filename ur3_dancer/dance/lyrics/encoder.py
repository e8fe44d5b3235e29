"""What words mean, as numbers: a BERT reads each line, and the mean of its tokens is the answer.

LM2D (arXiv 2403.09407) embeds lyrics by BERT, 768 numbers a line. Any encoder of the transformers
library will do; its width is read from the model. Models come from this machine alone, a folder or
the library's cache: nothing is downloaded while a show runs, and a model that is not there is an
error, never a random one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from ur3_dancer.errors import CheckpointError, ConfigError

DEFAULT_ENCODER = "bert-base-uncased"

_UNUSED = ("pooler.",)
"""Weights that may be missing: the mean of tokens is taken instead of the pooler's answer."""
_MOST_TOKENS = 512


class LyricsEncoder:
    """Turns lines of text into embeddings, always the same for the same line.

    Attributes:
        name: the name or folder that it was made from.
        width: numbers in an embedding.
    """

    def __init__(self, name_or_folder: str | Path = DEFAULT_ENCODER):
        """Load a model and its tokenizer.

        Args:
            name_or_folder: a folder written by `save_pretrained`, or the name of a model in the
                cache of the Hugging Face hub.

        Raises:
            ConfigError: the model is not on this machine, or transformers is not installed.
            CheckpointError: it is there, but damaged or no encoder of text.
        """
        self.name = str(name_or_folder)
        try:
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise ConfigError(
                f"lyrics need the transformers library ({error}): pip install 'ur3_dancer[lyrics]'"
            ) from error
        source = _source(self.name)
        try:
            with _without_progress_bar():
                self._tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
                self._model, loaded = AutoModel.from_pretrained(
                    source, local_files_only=True, output_loading_info=True
                )
        # The library raises what its many formats raise: safetensors' own errors among them.
        except Exception as error:
            raise _explained(self.name, error) from error
        wanting = [key for key in loaded["missing_keys"] if not key.startswith(_UNUSED)]
        wanting += [str(key) for key in loaded.get("mismatched_keys", [])]
        if wanting or not hasattr(self._model.config, "hidden_size"):
            raise CheckpointError(
                f"lyrics encoder {self.name} lacks weights ({', '.join(wanting[:3]) or 'no width'}"
                f"{', ...' if len(wanting) > 3 else ''}): copy or download it again"
            )
        self._model.float().eval().requires_grad_(False)
        self.width: int = self._model.config.hidden_size
        limits = (
            self._tokenizer.model_max_length,
            getattr(self._model.config, "max_position_embeddings", _MOST_TOKENS),
            _MOST_TOKENS,
        )
        self._most_tokens = int(min(limits))

    def encode(self, lines: Sequence[str]) -> np.ndarray:
        """Return one embedding a line, (n, width) float32.

        Each line is read by itself, so that an answer does not depend on its neighbours.

        Raises:
            CheckpointError: the model answers values that are not finite.
        """
        with _one_thread():
            known = {line: self._embed(line) for line in dict.fromkeys(lines)}
        answer = np.array([known[line] for line in lines], np.float32).reshape(-1, self.width)
        if not np.isfinite(answer).all():
            raise CheckpointError(
                f"lyrics encoder {self.name} answers values that are not finite: its weights are "
                "damaged, copy or download it again"
            )
        return answer

    @torch.inference_mode()
    def _embed(self, line: str) -> np.ndarray:
        tokens = self._tokenizer(
            line, return_tensors="pt", truncation=True, max_length=self._most_tokens
        )
        states = self._model(**tokens).last_hidden_state
        return states[0].mean(dim=0).numpy()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one core: lines are short, and threads that wait for a busy core cost far more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _without_progress_bar() -> Iterator[None]:
    """Keep the library from drawing a bar over whatever else is on the terminal."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()


def _source(name: str) -> str:
    """Return what the library shall load; a folder that is not there is an error here.

    Raises:
        ConfigError: the name looks like a folder and there is none, or it is no model's folder.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ConfigError(
                f"lyrics encoder {name} has no config.json: give a folder of a saved model"
            )
        return str(folder)
    if folder.is_absolute() or name.startswith(".") or name.count("/") > 1 or folder.exists():
        raise ConfigError(f"lyrics encoder {name} is no folder: give a model's folder or its name")
    return name


def _explained(name: str, error: Exception) -> ConfigError | CheckpointError:
    """Return the error that says what to do."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if Path(name).expanduser().is_dir():
        return CheckpointError(
            f"lyrics encoder {name} cannot be loaded ({reason}): copy or download it again"
        )
    return ConfigError(
        f"lyrics encoder {name} is not on this machine, and nothing is downloaded here. Fetch it "
        f"once with `hf download {name}`, or give the folder of a saved model"
    )
