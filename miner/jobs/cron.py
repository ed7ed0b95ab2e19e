"""When a job is due: cron lines as Debian's cron reads them, in a time zone, and the same as systemd writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from miner.errors import ConfigError

_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_ANY = {"minutes": 60, "hours": 24, "days": 31, "months": 12}


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule: five fields (minute, hour, day of the month, month, day of the week), or a nickname such as ``@daily``.

    Where both kinds of day are restricted, either is enough, as in cron.

    Examples
    --------
    >>> line = Cron.parse("0 6 * * 1")
    >>> [t.isoformat() for t in line.following(datetime(2026, 1, 1, tzinfo=UTC), 2)]
    ['2026-01-05T06:00:00+00:00', '2026-01-12T06:00:00+00:00']
    """

    line: str

    @classmethod
    def parse(cls, text: str, where: str | None = None) -> Cron:
        """Check a line.

        Raises
        ------
        ConfigError
            If it is none, or never fires.
        """
        line = _NICKNAMES.get(text.strip().lower(), " ".join(text.split()))
        hint = 'five fields: minute, hour, day, month, weekday; "0 6 * * 1" is Mondays at six'
        if len(line.split()) != 5:
            raise ConfigError(f"the schedule {text!r} has {len(line.split())} fields, not five", where=where, hint=hint)
        try:
            next(CronSim(line, datetime(2024, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration) as error:
            why = str(error).lower() or "no such day"
            raise ConfigError(f"the schedule {text!r} is not understood, or never fires: {why}", where=where, hint=hint) from error
        return cls(line)

    def following(self, moment: datetime, number: int = 1) -> list[datetime]:
        """Return the next times after ``moment``, in its time zone."""
        return list(islice(CronSim(self.line, moment), number))

    def last(self, moment: datetime) -> datetime:
        """Return the last time at or before ``moment``."""
        minute = moment.replace(second=0, microsecond=0)
        return minute if self._fires(minute) else next(CronSim(self.line, minute, reverse=True))

    def _fires(self, minute: datetime) -> bool:
        before = datetime.fromtimestamp(minute.timestamp() - 60, minute.tzinfo)
        return self.following(before)[0] == minute

    def on_calendar(self, zone: str | None = None) -> list[str]:
        """Return the lines ``OnCalendar=`` that say the same; two where cron takes either kind of day.

        Raises
        ------
        ConfigError
            If systemd cannot say it (the last day of a month).
        """
        sim = CronSim(self.line, datetime(2024, 1, 1, tzinfo=UTC))
        weekdays = {int(d) % 7 for d in sim.weekdays if not isinstance(d, tuple)}
        if any(d < 0 for d in sim.days) or any(isinstance(d, tuple) for d in sim.weekdays):
            raise ConfigError(f"systemd cannot say the schedule {self.line!r}", hint="write its days as numbers")
        time = f"{_listed(sim.hours, 24, two=True)}:{_listed(sim.minutes, 60, two=True)}:00" + (f" {zone}" if zone else "")
        month, day = _listed(sim.months, 12), _listed(sim.days, 31)
        week = ",".join(_DAYS[d] for d in sorted(weekdays, key=lambda d: (d - 1) % 7)) + " " if len(weekdays) < 7 else ""
        if week and day != "*" and not sim.day_and:
            return [f"*-{month}-{day} {time}", f"{week}*-{month}-* {time}"]
        return [f"{week}*-{month}-{day} {time}"]


def _listed(values: Iterable[int], all_of: int, *, two: bool = False) -> str:
    values = sorted(values)
    return "*" if len(values) == all_of else ",".join(f"{v:02d}" if two else str(v) for v in values)


def time_zone(name: str | None) -> tzinfo:
    """Return a time zone by name, or this machine's.

    Raises
    ------
    ConfigError
        If there is no such zone.
    """
    if name is None:
        name = local_zone_name()
        if name is None:
            return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ConfigError(f"there is no time zone {name!r}", hint="for example Europe/Paris or UTC") from error


def local_zone_name() -> str | None:
    """Return the name of this machine's time zone, or None where it tells none (then it is UTC)."""
    if os.environ.get("TZ"):
        return os.environ["TZ"].removeprefix(":")
    try:
        target = str(Path("/etc/localtime").resolve(strict=True))
    except OSError:
        return None
    _, found, name = target.partition("/zoneinfo/")
    return name if found else None
