from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.speech.language import reader
from voicecore.speech.language.chinese import number
from voicecore.speech.language.chinese.rules import Chinese
from voicecore.speech.language.chinese.traditional import TraditionalChinese
from voicecore.speech.language.money import Money
from voicecore.speech.language.rules import PLAIN_DATE, DateStyle

ZH, ZH_TW = Chinese(), TraditionalChinese()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (200, "二百"),
        (1005, "一千零五"),
        (1050, "一千零五十"),
        (2000, "两千"),
        (2222, "两千二百二十二"),
        (10_000, "一万"),
        (10_005, "一万零五"),
        (20_000, "两万"),
        (32_000, "三万二千"),
        (100_000, "十万"),
        (100_010, "十万零一十"),
        (120_000, "十二万"),
        (100_500, "十万零五百"),
        (12_003_000, "一千二百万三千"),
        (20_000_000, "两千万"),
        (200_000_000, "两亿"),
        (100_000_001, "一亿零一"),
        (1_000_000_000_000, "一万亿"),
        (-3, "负三"),
    ],
)
def test_cardinals(value: int, words: str) -> None:
    assert ZH.number(Decimal(value)) == words


@given(st.integers(0, number.LIMIT - 1))
def test_a_cardinal_is_read_back_as_itself(value: int) -> None:
    assert reader.chinese(number.cardinal(value)) == value


@given(st.integers(0, number.LIMIT - 1), st.integers(0, number.LIMIT - 1))
def test_a_larger_number_is_read_back_as_larger(one: int, other: int) -> None:
    said = [reader.chinese(number.cardinal(value)) for value in sorted((one, other))]
    assert (said[0] < said[1]) == (one != other)


@given(st.integers(0, number.LIMIT - 1))
def test_noughts_are_said_once_and_never_last(value: int) -> None:
    words = number.cardinal(value)
    assert "零零" not in words
    assert value == 0 or not words.endswith("零")


def test_a_number_beyond_all_names_is_said_digit_by_digit() -> None:
    assert number.cardinal(number.LIMIT) == "一" + "零" * 16


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1", "一条"),
        ("2", "两条"),
        ("12", "十二条"),
        ("102", "一百零二条"),
        ("2.5", "二点五条"),
        ("2.0", "两条"),
    ],
)
def test_two_of_something_is_liang(value: str, words: str) -> None:
    assert ZH.count(Decimal(value), ("条",)) == words


def test_two_in_an_order_is_er() -> None:
    assert ZH.ordinal(2) == "第二"
    assert ZH.ordinal(12) == "第十二"


def test_decimals_and_percentages() -> None:
    assert ZH.number(Decimal("-0.05")) == "负零点零五"
    assert ZH.percent(Decimal("12.5")) == "百分之十二点五"
    assert ZH.percent(Decimal("-2")) == "负百分之二"


def test_dates() -> None:
    day = date(2026, 3, 5)
    assert ZH.date(day, PLAIN_DATE) == "二零二六年三月五日"
    assert ZH.date(day, DateStyle(weekday=True)) == "二零二六年三月五日星期四"
    assert ZH.date(date(2026, 12, 20), DateStyle(year=False, colloquial=True)) == "十二月二十号"
    assert ZH.date(date(2026, 3, 8), DateStyle(weekday=True, year=False)) == "三月八日星期日"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 0), "凌晨零点"),
        (time(2, 10), "凌晨两点十分"),
        (time(9, 5), "上午九点零五分"),
        (time(11, 59), "上午十一点五十九分"),
        (time(12, 0), "中午十二点"),
        (time(14, 30), "下午两点半"),
        (time(20, 0), "晚上八点"),
    ],
)
def test_times(at: time, words: str) -> None:
    assert ZH.time(at) == words


@pytest.mark.parametrize(
    ("amount", "formal", "colloquial"),
    [
        ("0", "零元", "零块"),
        ("2", "两元", "两块"),
        ("12.50", "十二元五角", "十二块五毛"),
        ("12.53", "十二元五角三分", "十二块五毛三分"),
        ("102.03", "一百零二元零三分", "一百零二块零三分"),
        ("0.20", "两角", "两毛"),
        ("0.02", "两分", "两分"),
        ("-20000", "负两万元", "负两万块"),
    ],
)
def test_renminbi(amount: str, formal: str, colloquial: str) -> None:
    assert ZH.money(Money(amount, "CNY")) == formal
    assert ZH.money(Money(amount, "CNY"), colloquial=True) == colloquial


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money("12.50", "USD"), "十二点五美元"),
        (Money(2, "EUR"), "两欧元"),
        (Money("-2", "GBP"), "负两英镑"),
        (Money(100, "JPY"), "一百日元"),
        (Money(100, "TWD"), "一百元新台币"),
        (Money(10, "SEK"), "十SEK"),
    ],
)
def test_money_of_others(money: Money, words: str) -> None:
    assert ZH.money(money) == words


def test_durations() -> None:
    assert ZH.duration(timedelta(days=2, hours=2, minutes=5)) == "两天两小时五分钟"
    assert ZH.duration(timedelta(0)) == "零秒"


def test_one_may_be_said_as_yao() -> None:
    assert ZH.character("1") == "一"
    assert ZH.character("1", yao=True) == "幺"


def test_traditional_characters_say_the_same() -> None:
    assert ZH_TW.number(Decimal("-20000.5")) == "負兩萬點五"
    assert ZH_TW.count(Decimal(2), ("个",)) == "兩个"  # the measure word is the text's own
    assert ZH_TW.date(date(2026, 3, 5), DateStyle(colloquial=True)) == "二零二六年三月五號"
    assert ZH_TW.time(time(14, 30)) == "下午兩點半"
    assert ZH_TW.duration(timedelta(hours=2, minutes=1)) == "兩小時一分鐘"
    assert ZH_TW.money(Money(2, "CNY"), colloquial=True) == "兩塊"
