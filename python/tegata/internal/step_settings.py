"""Reading `TEGATA["LOGIN_STEPS"]`: every mistake is found when the site starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from pydantic import BaseModel

from tegata.challenge_schemas import ChallengeSchema
from tegata.steps import LoginStep

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

Step = LoginStep[Any]


def read_steps(entries: Sequence[Any], given: Sequence[object]) -> tuple[Step, ...]:
    """The steps of a list.

    Args:
        entries: Classes, objects and functions, imported already.
        given: What stands in the settings for each.

    Raises:
        ValueError: What is wrong with which of them.
    """
    steps: list[Step] = []
    for entry, name in zip(entries, given, strict=True):
        try:
            step = _checked(_step(entry))
        except ValueError as problem:
            raise ValueError(f"names {name!r}, which {problem}") from problem
        if step.name in {each.name for each in steps}:
            raise ValueError(f"names {name!r}, and another step is called {step.name!r} too")
        steps.append(step)
    return tuple(steps)


class _FunctionStep(LoginStep[BaseModel]):
    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self.begin = function  # type: ignore[method-assign]


def _step(entry: Any) -> Step:
    if isinstance(entry, LoginStep):
        return entry
    if isinstance(entry, type):
        if not issubclass(entry, LoginStep):
            raise ValueError("is no subclass of tegata.steps.LoginStep")
        try:
            return entry()
        except TypeError as error:
            raise ValueError(f"cannot be made without arguments: {error}") from error
    if not callable(entry) or not hasattr(entry, "__name__"):
        raise ValueError("is neither a tegata.steps.LoginStep nor a function")
    try:
        signature(entry).bind(None, None)
    except TypeError:
        raise ValueError("is a function, but not one of (request, user)") from None
    return _FunctionStep(entry)


def _checked(step: Step) -> Step:
    name: object = getattr(step, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("has no `name` of at most 64 letters, digits, `-` and `_`")
    kind = type(step)
    if not isinstance(step, _FunctionStep) and kind.begin is LoginStep.begin:
        raise ValueError("does not say how it begins")
    if (step.answer_schema is None) != (kind.complete is LoginStep.complete):
        raise ValueError("must have both `answer_schema` and `complete`, or neither")
    schemas: list[Any] = [step.answer_schema, step.shown_schema]
    for schema in schemas:
        if schema is not None and not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            raise ValueError("has a schema that is no pydantic model (ninja.Schema)")
    if step.shown_schema is not None:
        taken = sorted(set(step.shown_schema.model_fields) & set(ChallengeSchema.model_fields))
        if taken:
            raise ValueError(f"shows {', '.join(taken)}, which is a name of the answer's own")
    return step
