"""The verbs that a webhook may answer with, as they stand in its JSON. docs/webhooks.md tells each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voicecore.errors import UsageError
from voicecore.ivr.kinds import LONGEST, Amount, CalendarDate, DateOrder, DigitString, Kind, PhoneNumber
from voicecore.ivr.kinds import WholeNumber as Whole
from voicecore.ivr.kinds import YesNo as Confirmation
from voicecore.ivr.options import by_key, ways_of

Text = Annotated[str, Field(min_length=1, max_length=4096)]
Short = Annotated[str, Field(min_length=1, max_length=256)]
Url = Annotated[str, Field(min_length=1, max_length=4096)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=32)]
Keys = Annotated[str, Field(pattern=r"^[0-9*#ABCD]*$", max_length=16)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Patience = Annotated[float, Field(gt=0, le=120)]
Tries = Annotated[int, Field(ge=1, le=10)]


class Strict(BaseModel):
    """Nothing is guessed: an unknown key or a number in quotes is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _checked(make: Callable[[], object]) -> None:
    try:
        make()
    except UsageError as error:
        raise ValueError(str(error)) from None


# -- prompts ---------------------------------------------------------------------------------------
class Price(Strict):
    amount: Annotated[str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Day(Strict):
    date: Annotated[date, Field(strict=False)]


Filling = Union[int, float, Price, Day, Short]  # noqa: UP007 - pydantic's error names it so


class TextPrompt(Strict):
    """A text for the synthesiser."""

    text: Text
    language: Language | None = None


class NamedPrompt(Strict):
    """A prompt of the manifest, with values for its places."""

    name: Short
    values: Annotated[dict[str, Filling], Field(max_length=20)] = {}
    language: Language | None = None


class SoundPrompt(Strict):
    """A sound file of the server's, relative to the webhook."""

    url: Url


Prompt = Union[Short, TextPrompt, NamedPrompt, SoundPrompt]  # noqa: UP007
Prompts = Annotated[Sequence[Prompt], Field(max_length=50)]


# -- verbs that have no result ---------------------------------------------------------------------
class Answer(Strict):
    verb: Literal["answer"]


class Ring(Strict):
    verb: Literal["ring"]


class Say(Strict):
    verb: Literal["say"]
    text: Text
    language: Language | None = None


class Play(Strict):
    verb: Literal["play"]
    prompts: Annotated[Sequence[Prompt], Field(min_length=1, max_length=50)]


class Pause(Strict):
    verb: Literal["pause"]
    seconds: Seconds


class SetLanguage(Strict):
    verb: Literal["language"]
    language: Language


class SendDigits(Strict):
    verb: Literal["send_digits"]
    digits: Annotated[str, Field(pattern=r"^[0-9*#ABCDw]{1,64}$")]


class AutomaticGain(Strict):
    verb: Literal["automatic_gain"]
    on: bool = True


class Note(Strict):
    verb: Literal["note"]
    text: Short


# -- verbs that end a list: their result is asked about ----------------------------------------------
class Gather(Strict):
    verb: Literal["gather"]
    prompts: Prompts = ()
    digits: Annotated[int, Field(ge=1, le=LONGEST)]
    at_least: Annotated[int, Field(ge=0, le=LONGEST)] = 0
    terminator: Keys = "#"
    tries: Tries = 1
    first: Patience = 5.0
    between: Patience = 2.5
    barge_in: bool = True
    speech: bool = False
    secret: bool = False

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.at_least > self.digits:
            raise ValueError("at_least is more than digits")
        return self


class Menu(Strict):
    verb: Literal["menu"]
    prompts: Prompts = ()
    options: Annotated[dict[str, Short], Field(min_length=1, max_length=100)]
    listens: Annotated[dict[str, Short | tuple[Short, ...]], Field(max_length=100)] = {}
    tries: Tries = 3
    first: Patience = 5.0
    between: Patience = 2.5

    @model_validator(mode="after")
    def _can_be_pressed(self) -> Self:
        _checked(lambda: ways_of(self.listens, by_key(self.options), "en"))
        return self


class OfKind(Strict):
    """What an answer is. A contradiction in it is a fault of the reply."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        _checked(self.kind)
        return self

    def kind(self) -> Kind[Any]:
        """As `call.ask` takes it."""
        raise NotImplementedError


class NumberKind(OfKind):
    type: Literal["number"]
    low: Annotated[int, Field(ge=0)] = 0
    high: Annotated[int, Field(ge=0, le=10**15)] = 999_999

    def kind(self) -> Kind[Any]:
        return Whole(self.low, self.high)


class DigitsKind(OfKind):
    type: Literal["digits"]
    least: Annotated[int, Field(ge=1, le=LONGEST)]
    most: Annotated[int, Field(ge=0, le=LONGEST)] = 0

    def kind(self) -> Kind[Any]:
        return DigitString(self.least, self.most)


class DateKind(OfKind):
    type: Literal["date"]
    order: Literal["YMD", "DMY", "MDY"] = "YMD"

    def kind(self) -> Kind[Any]:
        return CalendarDate(DateOrder(self.order))


class AmountKind(OfKind):
    type: Literal["amount"]
    high: Annotated[int, Field(ge=0, le=10**12)] = 999_999
    decimals: Annotated[int, Field(ge=0, le=4)] = 2

    def kind(self) -> Kind[Any]:
        return Amount(Decimal(0), Decimal(self.high), self.decimals)


class PhoneKind(OfKind):
    type: Literal["phone"]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None

    def kind(self) -> Kind[Any]:
        return PhoneNumber(self.country)


class YesNoKind(OfKind):
    type: Literal["yes_no"]

    def kind(self) -> Kind[Any]:
        return Confirmation()


AskedKind = Annotated[
    NumberKind | DigitsKind | DateKind | AmountKind | PhoneKind | YesNoKind, Field(discriminator="type")
]


class Ask(Strict):
    verb: Literal["ask"]
    prompts: Prompts = ()
    kind: AskedKind
    confirm: bool = False
    tries: Tries = 3
    first: Patience = 5.0
    between: Patience = 2.5
    speech: bool = False
    secret: bool = False


class Record(Strict):
    verb: Literal["record"]
    longest: Annotated[float, Field(gt=0, le=14_400)] = 180.0
    silence: Annotated[float, Field(gt=0, le=600)] = 5.0
    keys: Keys = "#"
    beep: bool = True
    review: bool = False


class Dial(Strict):
    verb: Literal["dial"]
    targets: Annotated[Sequence[Short], Field(min_length=1, max_length=20)]
    one_by_one: bool = False
    ring_time: Annotated[float, Field(gt=0, le=600)] = 30.0
    early_media: bool = True
    longest: Annotated[float, Field(gt=0, le=86_400)] = 14_400.0
    record: bool = False


class Transfer(Strict):
    verb: Literal["transfer"]
    target: Short


class Redirect(Strict):
    verb: Literal["redirect"]
    url: Url


class Hangup(Strict):
    verb: Literal["hangup"]
    cause: Annotated[int, Field(ge=1, le=699)] = 16


Telling = Answer | Ring | Say | Play | Pause | SetLanguage | SendDigits | AutomaticGain | Note
Asking = Gather | Menu | Ask | Record | Dial | Transfer
Ending = Asking | Redirect | Hangup
Verb = Annotated[Telling | Ending, Field(discriminator="verb")]
