"""What Mandarin speakers say to a machine. Simplified and traditional characters alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from voicecore.speech.recognition.grammar import Answer, Command
from voicecore.speech.recognition.words import chinese_amount
from voicecore.speech.recognition.words.rules import Day

_DIGITS: Final = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("0123456789")},
    **{character: value for value, character in enumerate("０１２３４５６７８９")},
    "〇": 0,
    "洞": 0,
    "幺": 1,
    "两": 2,
    "兩": 2,
}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_SCALES: Final = {"亿": 10**8, "億": 10**8, "万": 10**4, "萬": 10**4}
_WORD: Final = re.compile(r"[a-z]+|[0-9]+|[\u3007\u4e00-\u9fff]")
_FILLERS: Final = frozenset("嗯呃啊吧的了请請我要是想呢哦喂")
_PREFIX: Final = re.compile(
    r"^[嗯呃啊，, ]*(?:(?:我的|我|这个|那个)?(?:号码|號碼|密码|密碼|账号|卡号)?是|请按|請按)?"
)
_DAY: Final = re.compile(r"^(?:(.{1,8})年)?(.{1,3})月(.{1,4}?)[日号號]?(?:(?:星期|周|週|礼拜|禮拜).)?$")
_NEAR: Final = {"今天": 0, "明天": 1, "后天": 2, "後天": 2, "昨天": -1, "前天": -2}
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class SpokenChinese:
    joint: str = ""

    @property
    def answers(self) -> Mapping[Answer, tuple[str, ...]]:
        return {
            Answer.YES: (
                *("是", "是的", "对", "对的", "對", "對的", "好", "好的", "可以", "没错", "沒錯", "行"),
                *("正确", "正確", "确认", "確認", "同意", "要", "嗯"),
            ),
            Answer.NO: (
                *("不", "不是", "不对", "不對", "不好", "不可以", "不行", "不要", "不用", "不正确", "不正確"),
                *("没有", "沒有", "错", "錯", "错了", "錯了", "否", "不同意", "不确认", "不確認"),
            ),
        }

    @property
    def commands(self) -> Mapping[Command, tuple[str, ...]]:
        return {
            Command.REPEAT: ("重复", "重複", "再说一遍", "再說一遍", "再听一遍", "再聽一遍", "重听"),
            Command.BACK: ("返回", "上一步", "回去"),
            Command.OPERATOR: ("人工", "人工服务", "人工服務", "转人工", "轉人工", "客服"),
        }

    @property
    def digit_words(self) -> tuple[str, ...]:
        return tuple("零一二三四五六七八九幺两")

    def words(self, text: str) -> tuple[str, ...]:
        return tuple(_WORD.findall(text.casefold()))

    def is_filler(self, word: str) -> bool:
        return word in _FILLERS

    def digits(self, text: str) -> str | None:
        plain = self._plain(text)
        if not plain or any(character not in _DIGITS for character in plain):
            return None
        return "".join(str(_DIGITS[character]) for character in plain)

    def number(self, text: str) -> int | None:
        plain = self._plain(text)
        value = _number(plain)
        if value is None and (digits := self.digits(plain)) is not None:
            return int(digits)
        return value

    def amount(self, text: str) -> Decimal | None:
        plain = _PREFIX.sub("", text.translate(_NARROW)).casefold()
        kept = "".join(one for one in plain if one in "." or _WORD.fullmatch(one)).strip(".")
        return chinese_amount.amount(kept, _number, self.digits)

    def day(self, text: str, today: date) -> Day | None:
        plain = self._plain(text)
        if plain in _NEAR:
            return Day(*(today + timedelta(days=_NEAR[plain])).timetuple()[:3])
        found = _DAY.match(plain)
        if found is None:
            return None
        month, day = _number(found[2]), _number(found[3])
        year = None if found[1] is None else self.digits(found[1])
        if month is None or day is None or (found[1] is not None and (year is None or len(year) != 4)):
            return None
        return Day(None if year is None else int(year), month, day)

    def characters(self, text: str) -> str | None:
        signs = {"星": "*", "井": "#"}
        plain = self._plain(text).replace("星号", "星").replace("井号", "井").replace("井字", "井")
        found = "".join(
            str(_DIGITS.get(one, signs.get(one, one.upper() if one.isascii() and one.isalpha() else "?")))
            for one in plain
        )
        return found if found and "?" not in found else None

    def _plain(self, text: str) -> str:
        return "".join(self.words(_PREFIX.sub("", text.translate(_NARROW))))


_NARROW: Final = {ord(wide): str(value) for value, wide in enumerate("０１２３４５６７８９")}


def _number(text: str) -> int | None:
    """A number of places, 两百零三, or of numerals, 203. Linear: what is too long is none."""
    if not text or len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdecimal():
        return int(text)
    total = 0
    for scale, value in (("亿億", 10**8), ("万萬", 10**4)):
        at = next((place for place, one in enumerate(text) if one in scale), -1)
        if at >= 0:
            count = _below_wan(text[:at])
            if not count:
                return None
            total, text = total + count * value, text[at + 1 :]
            if not text:
                return total
    rest = _below_wan(text)
    return None if rest is None else total + rest


def _below_wan(text: str) -> int | None:
    total, digit, ceiling = 0, -1, 10_000
    for character in text:
        place = _PLACES.get(character)
        if place is not None:
            if place >= ceiling or digit == 0 or (digit < 0 and place != 10):
                return None
            total, ceiling, digit = total + (1 if digit < 0 else digit) * place, place, -1
        elif character in _DIGITS and digit <= 0:
            digit = _DIGITS[character]
        else:
            return None
    return total + max(digit, 0) if text else None
