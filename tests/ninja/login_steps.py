"""Login steps as sites would write them, and some that nobody should."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from tegata import APIError
from tegata.steps import PASS, REFUSE, Challenge, LoginStep, Outcome

CODE = "135790"
WORD = "sesame"


class CodeAnswer(Schema):
    code: str


class Code(LoginStep[CodeAnswer]):
    """Asks for a code that everybody knows."""

    name = "code"
    answer_schema = CodeAnswer

    def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return Challenge()

    def complete(
        self, request: HttpRequest, user: Any, challenge: Challenge, answer: CodeAnswer
    ) -> bool:
        return answer.code == CODE


class WordAnswer(Schema):
    word: str
    times: int = 1


class Hint(Schema):
    hint: str
    letters: int


class Word(LoginStep[WordAnswer]):
    """Asks for a word, shows a hint and keeps the word; async."""

    name = "word"
    answer_schema = WordAnswer
    shown_schema = Hint

    async def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return Challenge(shown=Hint(hint="open …", letters=len(WORD)), state={"word": WORD})

    async def complete(
        self, request: HttpRequest, user: Any, challenge: Challenge, answer: WordAnswer
    ) -> bool:
        return answer.word == challenge.state["word"]


class ForStaff(Code):
    """Asks staff only."""

    name = "for-staff"

    def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return Challenge() if user.is_staff else PASS


asked: list[str] = []


def passes(request: HttpRequest, user: Any) -> Outcome:
    asked.append("passes")
    return PASS


async def passes_later(request: HttpRequest, user: Any) -> Outcome:
    asked.append("passes_later")
    return PASS


def refuses(request: HttpRequest, user: Any) -> Outcome:
    return REFUSE


def refuses_aloud(request: HttpRequest, user: Any) -> Outcome:
    raise APIError("outside_office_hours", 403, "Come back at nine.")


def raises(request: HttpRequest, user: Any) -> Outcome:
    raise ValueError(f"the password of {user.username} is no good: {CODE}")


def forgets(request: HttpRequest, user: Any) -> Outcome:  # type: ignore[return]
    """Falls off its end."""


def says_true(request: HttpRequest, user: Any) -> Any:
    return True


def is_not_awaited(request: HttpRequest, user: Any) -> Any:
    return passes_later(request, user)


def asks_what_it_cannot_read(request: HttpRequest, user: Any) -> Outcome:
    return Challenge()


class KeepsNoJSON(Code):
    name = "keeps-no-json"

    def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return Challenge(state={"user": object()})


class ShowsSomethingElse(Word):
    name = "shows-something-else"

    def begin(self, request: HttpRequest, user: Any) -> Outcome:  # type: ignore[override]
        return Challenge(shown=CodeAnswer(code=CODE))


class RaisesAtTheEnd(Code):
    name = "raises-at-the-end"

    def complete(self, *_: Any) -> bool:
        raise RuntimeError(f"not {CODE}")


class GivesNothing(Code):
    name = "gives-nothing"

    def complete(self, *_: Any) -> Any:
        return None


class GivesSomething(Code):
    name = "gives-something"

    def complete(self, *_: Any) -> Any:
        return "something"


class ForgetsToAwait(Code):
    name = "forgets-to-await"

    def complete(self, *_: Any) -> Any:
        async def no() -> bool:
            return False

        return no()


class RefusesAloud(Code):
    name = "refuses-aloud"

    def complete(self, *_: Any) -> bool:
        raise APIError("card_is_stolen", 403, "This card was reported stolen.")


class StrictAnswer(Schema):
    digits: int
    secret: str


class Strict(LoginStep[StrictAnswer]):
    name = "strict"
    answer_schema = StrictAnswer

    def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return Challenge()

    def complete(self, *_: Any) -> bool:
        return True


# What cannot stand in the settings.
class NoStep:
    pass


class NoName(Code):
    name = None  # type: ignore[assignment]


class BadName(Code):
    name = "not a name"


class NoBeginning(LoginStep[CodeAnswer]):
    name = "no-beginning"


class NoEnd(LoginStep[CodeAnswer]):
    name = "no-end"
    answer_schema = CodeAnswer

    def begin(self, request: HttpRequest, user: Any) -> Outcome:
        return PASS


class NoSchema(Code):
    name = "no-schema"
    answer_schema = dict  # type: ignore[assignment]


class Taken(Schema):
    step: str


class ShowsTaken(Word):
    name = "shows-taken"
    shown_schema = Taken  # type: ignore[assignment]


class NeedsArguments(Code):
    name = "needs-arguments"

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer


def of_one_argument(request: HttpRequest) -> Outcome:
    return PASS


NUMBER = 7
