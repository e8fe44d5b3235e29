"""All words of URScript that the controller knows."""

import inspect
from collections.abc import Callable

from ur3_dancer.robot.controller.words_calculation import MATH_WORDS, CalculationWords
from ur3_dancer.robot.controller.words_state import WITHOUT_EFFECT


def words_of(*providers: object) -> dict[str, Callable]:
    """Return the public methods of `providers`, the calculations, and the words without effect."""
    words: dict[str, Callable] = dict.fromkeys(WITHOUT_EFFECT, _nothing)
    words |= MATH_WORDS
    for provider in (CalculationWords(), *providers):
        for name in dir(provider):
            if not name.startswith("_") and callable(getattr(provider, name)):
                words[name] = getattr(provider, name)
    return words


def waiting(words: dict[str, Callable]) -> dict[str, bool]:
    """Return for each word whether it may take more than one control cycle: it is a generator."""
    return {name: inspect.isgeneratorfunction(word) for name, word in words.items()}


def _nothing(*arguments: object, **keywords: object) -> None:
    return None
