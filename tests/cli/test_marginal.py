"""`joulecard marginal`: what one kWh more would have caused, printed beside a disclosure and never put into it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_assemble import a_segment, put
from tests.factors.providers.provider_server import Asked, Reply, Server, example, reply, running

from joulecard.capture.segment import Series
from joulecard.cli import main
from joulecard.disclosure.marginal import energy_by_hour, has_facility, places
from joulecard.shipped import shipped
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

pytestmark = pytest.mark.needs("httpx2")
GERMANY = Place((Evidence("setting", "high", country="DE"),))
HIDDEN = "what-nobody-may-see"


def hours(*values: float) -> Reply:
    """A history of WattTime from midnight of 18 November in points of five minutes, one value an hour."""
    points = [
        {"point_time": f"2026-11-18T{hour:02}:{minute:02}:00+00:00", "value": value}
        for hour, value in enumerate(values)
        for minute in range(0, 60, 5)
    ]
    return reply("watttime", "historical", data=points)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """WattTime on the loopback, and made.json: half an hour around one o'clock, three quarters of it after."""
    stage = a_segment(
        start="2026-11-18T00:45:00.000Z",
        end="2026-11-18T01:15:00.000Z",
        monotonic_s=1800.0,
        series=Series("2026-11-18T00:45:00.000Z", 900.0, (300.0, 900.0), (4.0, 12.0)),
    )
    put(tmp_path / "carbon" / "train.json", stage)
    monkeypatch.chdir(tmp_path)
    assert main(["assemble", "-o", "made.json", "--place", "US"]) == 0
    with running() as started:
        monkeypatch.setenv("JOULECARD_LIVE_ROOT", started.address)
        monkeypatch.setenv("NO_PROXY", "*")  # of a machine behind a proxy, which does not know our loopback
        monkeypatch.setenv("WATTTIME_USER", "user")
        monkeypatch.setenv("WATTTIME_PASSWORD", HIDDEN)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield started


def answering(server: Server, history: Reply) -> None:
    """Lets it take the login, and answer so."""
    login = reply("watttime", "login")
    server.answer = lambda asked: login if asked.path == "/login" else history


def told(capsys: Captured, *options: str) -> dict[str, Any]:
    """The command's JSON."""
    capsys.readouterr()
    assert main(["marginal", "made.json", "--region", "CAISO_NORTH", "--json", *options]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_energy_of_each_hour_meets_its_marginal_rate(server: Server, capsys: Captured) -> None:
    """Grams are kWh times g/kWh; the schema's name is another than a disclosure's, and validate refuses it."""
    answering(server, hours(1000.0, 1000.0))
    answer = told(capsys)
    assert answer["intensity_g_per_kwh"] == pytest.approx(453.59237)
    assert answer["co2_g"] == pytest.approx(answer["energy_kwh"] * 453.59237)
    assert (answer["signal"], answer["hours"], answer["hours_known"]) == ("marginal", 2, 2)
    assert answer["energy_missing_kwh"] == 0
    assert answer["schema"] == "urn:joulecard:marginal:1"


def test_the_disclosure_stays_as_it_is(server: Server, tmp_path: Path, capsys: Captured) -> None:
    """Byte by byte, and the answer says that it is none."""
    before = (tmp_path / "made.json").read_bytes()
    answering(server, hours(1000.0, 1000.0))
    (tmp_path / "marginal.json").write_text(json.dumps(told(capsys)), encoding="utf-8")
    assert (tmp_path / "made.json").read_bytes() == before
    assert main(["validate", "marginal.json"]) == 1


def test_an_hour_that_is_not_told_is_left_out_and_said(server: Server, capsys: Captured) -> None:
    """Nothing stands in for it."""
    answering(server, hours(1000.0))
    answer = told(capsys)
    assert (answer["hours"], answer["hours_known"]) == (2, 1)
    assert 0 < answer["energy_kwh"] < answer["energy_missing_kwh"]
    assert main(["marginal", "made.json", "--region", "CAISO_NORTH"]) == 0
    assert "1 of 2 hours are known: WattTime has no full value for them" in capsys.readouterr().out


def test_an_expired_token_is_got_anew_once(server: Server, capsys: Captured) -> None:
    """Login, refusal, login, answer."""
    expired, good = reply("watttime", "expired"), hours(1000.0, 1000.0)
    histories = [expired, good]

    def answer(asked: Asked) -> Reply:
        return reply("watttime", "login") if asked.path == "/login" else histories.pop(0)

    server.answer = answer
    assert told(capsys)["hours_known"] == 2
    assert [asked.path for asked in server.asked] == ["/login", "/v3/historical", "/login", "/v3/historical"]
    assert (
        server.asked[1].headers["authorization"]
        == example("watttime", "historical")["request_headers"]["Authorization"]
    )


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (reply("watttime", "expired"), "refused the key (401)"),
        (reply("watttime", "no-subscription"), "does not give CAISO_NORTH to this account"),
        (reply("watttime", "rate-limit"), "asks for a pause (429)"),
        (reply("watttime", "signal-index"), "answered with percentile where lbs_co2_per_mwh was asked for"),
        (Reply(500), "failed (500)"),
    ],
)
def test_a_failure_is_one_sentence(server: Server, capsys: Captured, history: Reply, reason: str) -> None:
    """Exit status 1, with the reason and no number."""
    answering(server, history)
    capsys.readouterr()
    assert main(["marginal", "made.json", "--region", "CAISO_NORTH"]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert f"WattTime {reason}" in streams.err


def test_a_wrong_account_is_told_and_not_repeated(server: Server, capsys: Captured) -> None:
    """The login's refusal is no JSON."""
    server.replies(reply("watttime", "login-bad"))
    assert main(["marginal", "made.json", "--region", "CAISO_NORTH"]) == 1
    said = capsys.readouterr().err
    assert "WattTime refused the key (403)" in said
    assert HIDDEN not in said
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("region", "variables", "reason"),
    [
        ("../etc", {}, "is no region of WattTime"),
        ("CAISO_NORTH", {"WATTTIME_USER": ""}, "set the variable WATTTIME_USER"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    server: Server,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    region: str,
    variables: dict[str, str],
    reason: str,
) -> None:
    """Nothing is sent."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["marginal", "made.json", "--region", region]) == 2
    assert reason in capsys.readouterr().err
    assert server.asked == []


def test_one_region_does_not_stand_for_several_grids(server: Server, tmp_path: Path, capsys: Captured) -> None:
    """A stage elsewhere makes the question one without an answer."""
    put(tmp_path / "carbon" / "other.json", a_segment(2, "evaluate"))
    put(tmp_path / "carbon" / "train.json", a_segment(place=GERMANY, host_ref="f" * 12))
    assert main(["assemble", "-o", "made.json"]) == 0
    assert main(["marginal", "made.json", "--region", "CAISO_NORTH"]) == 1
    assert "its energy is of several grids" in capsys.readouterr().err
    assert server.asked == []


def test_a_headline_that_takes_over_facility_energy_changes_nothing() -> None:
    """What ran has no PUE: its IT energy is told, although the total with reused stages has facility energy."""
    ran = {
        "energy": {"it_total": {"value": 2.0}, "facility_total": {"method": "not_available"}},
        "series": {"start": "2026-11-18T01:00:00Z", "step_s": 1800.0, "it_energy_j": [3.6e6, 3.6e6]},
        "time": {"end": "2026-11-18T02:00:00Z"},
    }
    totals = {"headline": "including_reused", "including_reused": {"energy_facility": {"value": 1.2}}}
    document = {"stages": [ran, {"reused_from": {}}], "totals": {**totals, "new": {"energy_it": {"value": 2.0}}}}
    assert not has_facility(document)
    assert list(energy_by_hour(document).values()) == [2.0]


def test_a_residual_mix_is_no_other_grid() -> None:
    """Market-based factors stand beside the energy's own grid, which is one."""
    path = shipped("schema") / "1.0" / "conformance" / "valid" / "examples-of-the-disclosure.json"
    assert list(places(json.loads(path.read_text(encoding="utf-8")))) == ["SWE"]
