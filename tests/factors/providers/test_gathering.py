"""Hours from a provider and from the cache: whatever the provider does, there is an answer before the deadline."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.factors.providers.provider_server import Asked, Reply, Server, reply

from joulecard.factors.providers.cache import Cache, cache_folder
from joulecard.factors.providers.gathering import Gathered, Query, gathered
from joulecard.factors.providers.hours import hour_at, stamp
from joulecard.factors.providers.known import PROVIDERS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.needs("httpx2")

MAPS = PROVIDERS["electricity-maps"]
KEYS = {"ELECTRICITY_MAPS_TOKEN": "a-key"}
NIGHT = hour_at("2026-11-18T00:00Z")
HOURS = frozenset({NIGHT, NIGHT + 1})
GOOD = reply("electricitymaps", "past-range")
SHORT_S = 0.4


def ask(
    server: Server, folder: Path | None = None, *, deadline_s: float = 5.0, zones: tuple[str, ...] = ("DE",)
) -> Gathered:
    """The two hours of the kept range, of the zones."""
    query = Query(MAPS, "lifecycle", dict.fromkeys(zones, HOURS))
    cache = Cache(str(folder) if folder else None, MAPS.name)
    return gathered(query, KEYS, cache, server.address, deadline_s)


def test_what_the_provider_tells_is_found(server: Server) -> None:
    """Both hours, by one request that carries the key in its header and not in its address."""
    server.replies(GOOD)
    told = ask(server)
    assert {hour: item.g_per_kwh for hour, item in told.hours("DE").items()} == {NIGHT: 298.0, NIGHT + 1: 301.0}
    assert told.reasons == {}
    (asked,) = server.asked
    assert asked.headers["auth-token"] == "a-key"
    assert "a-key" not in asked.path + str(asked.parameters)


@pytest.mark.parametrize(
    ("fault", "reason", "asked"),
    [
        (reply("electricitymaps", "bad-token"), "refused the key (401)", 1),
        (Reply(403, b"Forbidden"), "refused the key (403)", 1),
        (reply("electricitymaps", "rate-limit"), "asks for a pause (429)", 1),
        (reply("electricitymaps", "no-data"), "has no values for DE", 1),
        (Reply(418, b"{}"), "refused the request (418)", 1),
        (Reply(301, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), "answered with status 301", 1),
        (Reply(500, b"oops"), "failed (500)", 3),
        (Reply(200, b'{"zone":"DE",', length=400), "broke off its answer", 3),
        (Reply(200, b"<html>"), "gave an answer that is no JSON", 3),
        (Reply(200, b"[" * 100_000), "gave an answer that is no JSON", 3),
        (Reply(200, b'{"zone":"DE","data":[NaN]}'), "gave an answer that is no JSON", 3),
        (Reply(200, b" " * (5 << 20)), "gave an answer of more than 4 MiB", 1),
        (reply("electricitymaps", "past-range", zone="FR"), "answered for the zone FR where DE was asked for", 1),
        (reply("electricitymaps", "past-range", data=[]), "has no full value for them", 1),
    ],
)
def test_a_fault_gives_no_hours_and_its_reason(server: Server, fault: Reply, reason: str, asked: int) -> None:
    """What may be better a moment later is asked three times, anything else once."""
    server.replies(fault)
    told = ask(server)
    assert (told.hours("DE"), told.reasons) == ({}, {"DE": reason})
    assert len(server.asked) == asked


def test_kilograms_that_are_told_as_grams_are_refused(server: Server, tmp_path: Path) -> None:
    """A mean near a thousandth of the year's is another unit, and is not kept either."""
    rows = json.loads(GOOD.body)["data"]
    server.replies(reply("electricitymaps", "past-range", data=[{**row, "carbonIntensity": 0.3} for row in rows]))
    query = Query(MAPS, "lifecycle", {"DE": HOURS}, {"DE": 342.0})
    told = gathered(query, KEYS, Cache(str(tmp_path), MAPS.name), server.address)
    assert told.reasons == {"DE": "gave 0.3 where the year's mean is 342 g/kWh, as if in kg/kWh"}
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize(("yearly_g_per_kwh", "hours"), [(342.0, 0), (28.1, 2)])
def test_nothing_at_all_is_no_intensity_of_a_grid_that_burns(
    server: Server, yearly_g_per_kwh: float, hours: int
) -> None:
    """Direct zeros are believed of a grid of hydropower alone; elsewhere the value of the year stands."""
    rows = [{**row, "carbonIntensity": 0, "emissionFactorType": "direct"} for row in json.loads(GOOD.body)["data"]]
    server.replies(reply("electricitymaps", "past-range", data=rows, emissionFactorType="direct"))
    query = Query(MAPS, "direct", {"DE": HOURS}, {"DE": yearly_g_per_kwh})
    told = gathered(query, KEYS, Cache(None, MAPS.name), server.address)
    assert len(told.hours("DE")) == hours
    assert told.reasons == ({} if hours else {"DE": "gave 0 where the year's mean is 342 g/kWh"})


def test_a_provider_that_recovers_is_believed(server: Server) -> None:
    """A failure, then an answer."""
    server.replies(Reply(503, b""), GOOD)
    assert len(ask(server).hours("DE")) == 2


def test_a_short_pause_that_it_asks_for_is_kept(server: Server) -> None:
    """Retry-After within the deadline is waited for."""
    server.replies(Reply(429, b"", {"Retry-After": "0"}), GOOD)
    assert len(ask(server).hours("DE")) == 2
    assert len(server.asked) == 2


def test_a_long_pause_that_it_asks_for_is_kept_by_the_next_call_too(server: Server, tmp_path: Path) -> None:
    """Retry-After beyond the deadline is not waited for, and until then nothing more is asked."""
    server.replies(reply("electricitymaps", "rate-limit"), GOOD)
    ask(server, tmp_path)
    again = ask(server, tmp_path)
    assert len(server.asked) == 1
    assert again.reasons["DE"].startswith("asked to be left alone for another ")


@pytest.mark.parametrize("told", ["Fri, 31 Dec 9999 23:59:59 GMT", "9" * 30])
def test_a_pause_for_ever_is_an_hour(server: Server, tmp_path: Path, told: str) -> None:
    """A date is read as well as seconds, and neither switches a provider off for longer."""
    server.replies(Reply(429, b"", {"Retry-After": told}))
    ask(server, tmp_path)
    assert 0 < Cache(str(tmp_path), MAPS.name).pause_left_s() <= 3600
    assert len(server.asked) == 1


@pytest.mark.parametrize("told", ["soon", "Fri, 99 Dec", ""])
def test_a_pause_that_cannot_be_read_is_none(server: Server, tmp_path: Path, told: str) -> None:
    """It is asked again as after any failure."""
    server.replies(Reply(429, b"", {"Retry-After": told}), GOOD)
    assert len(ask(server, tmp_path).hours("DE")) == 2


@pytest.mark.parametrize(
    "fault", [Reply(silent=True), Reply(200, b" " * 1000, pause_s=0.05), Reply(500, b"", {"Retry-After": "3"})]
)
def test_a_slow_provider_is_left_behind_at_the_deadline(server: Server, fault: Reply) -> None:
    """Whether it says nothing or one byte at a time, and though the server here would go on for half a minute."""
    server.replies(fault)
    told = ask(server, deadline_s=SHORT_S)
    assert not server.over.is_set()
    assert told.hours("DE") == {}
    assert told.reasons["DE"] in {"did not answer in time", "failed (500)"}


def test_what_came_before_the_deadline_is_kept(server: Server) -> None:
    """One zone answers, the other hangs."""
    server.answer = lambda asked: GOOD if asked.parameters["zone"] == "DE" else Reply(silent=True)
    told = ask(server, deadline_s=1.5, zones=("DE", "FR"))
    assert len(told.hours("DE")) == 2
    assert told.reasons == {"FR": "did not answer in time"}


def test_a_zone_outside_the_plan_does_not_cost_the_others(server: Server) -> None:
    """A key that is good for one zone gives that one."""
    plan = reply("electricitymaps", "zone-not-in-plan")
    server.answer = lambda asked: plan if asked.parameters["zone"] == "FR" else GOOD
    told = ask(server, zones=("FR", "DE"))
    assert len(told.hours("DE")) == 2
    assert list(told.reasons) == ["FR"]


def test_a_server_that_is_not_there_gives_a_reason() -> None:
    """The address of a port on which nobody listens, and one that is no address."""
    query, cache = Query(MAPS, "lifecycle", {"DE": HOURS}), Cache(None, MAPS.name)
    for base in ("http://127.0.0.1:9", "nowhere"):
        assert gathered(query, KEYS, cache, base).reasons == {"DE": "cannot be reached"}


def test_an_hour_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    """The second call finds it on the disk, under its zone and hour, readable by its owner alone."""
    server.replies(GOOD, Reply(500))
    first, second = ask(server, tmp_path), ask(server, tmp_path)
    assert first.found == second.found
    assert len(server.asked) == 1
    kept = tmp_path / "electricity-maps" / "DE" / "lifecycle" / "2026-11-18" / "01.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["g_per_kwh"] == 301.0
    assert kept.parent.stat().st_mode & 0o077 == 0
    assert "a-key" not in "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.json"))


def test_an_estimate_is_asked_for_again_and_kept_where_nothing_better_comes(server: Server, tmp_path: Path) -> None:
    """What the provider may have replaced since is not settled."""
    rows = json.loads(GOOD.body)["data"]
    estimated = reply("electricitymaps", "past-range", data=[{**row, "isEstimated": True} for row in rows])
    server.replies(estimated, Reply(404, b"{}"))
    first, second = ask(server, tmp_path), ask(server, tmp_path)
    assert len(server.asked) == 2
    assert first.found == second.found
    assert first.hours("DE")[NIGHT].how_estimated == "estimated by the provider"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"g_per_kwh": -3}', '{"g_per_kwh": 1e9}', '{"g_per_kwh": "1"}'])
def test_a_spoilt_file_of_the_cache_is_as_if_it_were_not_there(server: Server, tmp_path: Path, text: str) -> None:
    """It is asked for again and written anew."""
    server.replies(GOOD)
    ask(server, tmp_path)
    kept = tmp_path / "electricity-maps" / "DE" / "lifecycle" / "2026-11-18" / "00.json"
    kept.write_text(text, encoding="utf-8")
    assert len(ask(server, tmp_path).hours("DE")) == 2
    assert len(server.asked) == 2


def test_a_pause_that_no_one_can_mean_is_not_kept(tmp_path: Path) -> None:
    """A provider, or a clock set back, does not switch it off for ever."""
    cache = Cache(str(tmp_path), MAPS.name)
    cache.pause(1e9)
    assert 0 < cache.pause_left_s() <= 3600
    (tmp_path / MAPS.name / "pause.json").write_text(json.dumps({"until": time.time() + 1e6}), encoding="utf-8")
    assert cache.pause_left_s() == 0


def test_a_cache_that_cannot_be_written_costs_nothing(server: Server, tmp_path: Path) -> None:
    """A file stands where its folder would be."""
    (tmp_path / "electricity-maps").write_text("", encoding="utf-8")
    server.replies(GOOD)
    assert len(ask(server, tmp_path).hours("DE")) == 2


def test_the_cache_lies_in_the_user_s_cache_folder() -> None:
    """The XDG folder, else the one below home, else none."""
    assert cache_folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == "/c/joulecard/live"
    assert cache_folder({"HOME": "/h"}) == "/h/.cache/joulecard/live"
    assert cache_folder({"XDG_CACHE_HOME": "relative"}) is None


def test_many_days_are_asked_for_in_ranges(server: Server) -> None:
    """Eleven days are two requests of Electricity Maps; the hours that it leaves out are missing."""

    def answer(asked: Asked) -> Reply:
        row = json.loads(GOOD.body)["data"][0]
        return reply("electricitymaps", "past-range", data=[{**row, "datetime": asked.parameters["start"]}])

    server.answer = answer
    hours = frozenset(range(NIGHT - 263, NIGHT + 1))
    told = gathered(Query(MAPS, "lifecycle", {"DE": hours}), KEYS, Cache(None, ""), server.address)
    assert [stamp(hour) for hour in sorted(told.hours("DE"))] == ["2026-11-07T01:00Z", "2026-11-17T01:00Z"]
    assert told.reasons == {"DE": "has no full value for them"}
