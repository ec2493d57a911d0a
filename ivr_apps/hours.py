"""Business hours and holidays: people answer while the office is open, else the caller hears when it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from ivr_apps.handover import message, to_operator
from voicecore.ivr import Call, Choice, Named, NoChoice

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from `opens` to `closes` on these days ("mon-fri,sun"), in this time zone, holidays excepted.

    `country` is an ISO 3166 code, with a part of it after a colon ("GB:SCT"); "" for no holidays. Raises ValueError
    for what is no day, and the errors of zoneinfo and holidays for a zone or country that there is not.
    """

    zone: str
    opens: time
    closes: time
    days: str = "mon-fri"
    country: str = ""

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        _days(self.days)
        _is_holiday(self.country, date(2026, 1, 1))

    @classmethod
    def parse(cls, text: str, zone: str, country: str = "") -> Hours:
        """`mon-fri 09:00-17:30`."""
        days, _, times = text.partition(" ")
        opens, _, closes = times.partition("-")
        return cls(zone, time.fromisoformat(opens), time.fromisoformat(closes), days, country)

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(ZoneInfo(self.zone))
        return self.opens <= local.time() < self.closes and self._has(local.date())

    def next_opening(self, now: datetime) -> datetime | None:
        """When it opens next, in its own time; None: not within a year."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        days = (today + timedelta(days=far) for far in range(366))
        openings = (datetime.combine(day, self.opens, zone) for day in days if self._has(day))
        return next((opening for opening in openings if opening > now), None)

    def _has(self, day: date) -> bool:
        return DAYS[day.weekday()] in _days(self.days) and not _is_holiday(self.country, day)


def _days(text: str) -> set[str]:
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not {first, last or first} <= {*DAYS}:
            raise ValueError(f"{part!r} is no day, and no range of days such as mon-fri")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found.update((DAYS * 2)[begin : end + 1 + (len(DAYS) if end < begin else 0)])
    return found


def _is_holiday(country: str, day: date) -> bool:
    if not country:
        return False
    code, _, part = country.partition(":")
    return day in holidays.country_holidays(code, part or None, years=day.year)


async def main(
    call: Call, hours: str = "mon-fri 09:00-17:00", zone: str = "UTC", country: str = "", operator: str = ""
) -> None:
    office = Hours.parse(hours, zone, country)
    await call.answer()
    await call.play("welcome")
    if office.is_open(call.now):
        await to_operator(call, operator)
        return
    opening = office.next_opening(call.now)
    await call.play("closed" if opening is None else Named("closed_until", opening=opening))
    # Who cannot wait may still try: somebody may be on duty.
    match await call.menu("closed_menu", options={"1": "message", "0": "operator"}, tries=2):
        case Choice("operator"):
            await to_operator(call, operator)
        case Choice("message") | NoChoice():
            await message(call)
    await call.play("goodbye")
