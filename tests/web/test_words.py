"""Every word of every page is there in both languages."""

import importlib
import pkgutil
from typing import get_args

import pytest

from api.problems import Kind
from api.web import words
from api.web.words import problems

MODULES = ["", *(f".{module.name}" for module in pkgutil.iter_modules(words.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_every_word_is_there_in_both_languages_with_the_same_places_for_figures(name: str) -> None:
    module = importlib.import_module(f"{words.__name__}{name}")
    said = module.WORDS if name else module.EVERYWHERE
    for key, sentence in said.items():
        assert sentence.en, key
        assert sentence.ja, key
        assert places(sentence.en) == places(sentence.ja), key


def places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_every_kind_of_problem_is_said_in_both_languages() -> None:
    assert set(problems.WORDS) == set(get_args(Kind))
