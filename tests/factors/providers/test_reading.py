"""What is asked of each provider, and which answers are believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factors.providers.provider_server import example

from joulecard.errors import UsageError
from joulecard.factors.providers.hours import hour_at, spans, stamp
from joulecard.factors.providers.known import PROVIDERS, keys_of
from joulecard.factors.providers.provider import Intensity, ProviderError
from joulecard.factors.providers.watttime import WattTime

if TYPE_CHECKING:
    from joulecard.factors.providers.provider import Provider, Scope

WATTTIME = WattTime()
MAPS, NESO, RTE = PROVIDERS["electricity-maps"], PROVIDERS["neso"], PROVIDERS["rte"]
DAY = "2026-11-21"
NIGHT = hour_at("2026-11-18T00:00Z")
NOW = hour_at("2026-11-20T14:00Z")


def body(api: str, name: str) -> Any:
    """The body of a kept example."""
    return example(api, name)["body"]


def rows_of(quarters: dict[str, float | None]) -> dict[str, Any]:
    """An answer of RTE with these quarters of an hour."""
    listed = [{"date_heure": f"2026-11-20T{at}:00+00:00", "taux_co2": value} for at, value in quarters.items()]
    return {"total_count": len(listed), "results": listed}


def maps_answer(**changes: Any) -> dict[str, Any]:
    """The kept range of Electricity Maps with members of its first row changed."""
    answer: dict[str, Any] = body("electricitymaps", "past-range")
    first, *others = answer["data"]
    return {**answer, "data": [{**first, **changes}, *others]}


def refused(provider: str, answer: Any, zone: str = "DE", scope: Scope = "lifecycle") -> str:
    """What the reader of a provider says of an answer."""
    with pytest.raises(ProviderError) as caught:
        PROVIDERS[provider].read(zone, scope, answer, DAY)
    return caught.value.what


def test_the_range_of_electricity_maps_is_read_by_the_hour() -> None:
    """Each row is one hour, and what it does not call an estimate is none."""
    told = MAPS.read("DE", "lifecycle", body("electricitymaps", "past-range"), DAY)
    assert told == {NIGHT: Intensity(298, DAY), NIGHT + 1: Intensity(301, DAY)}


def test_the_last_day_of_electricity_maps_is_read_with_its_estimates() -> None:
    """An hour that it calls an estimate carries the name of the method."""
    told = MAPS.read("DE", "lifecycle", body("electricitymaps", "history-24h"), DAY)
    assert told == {NOW - 1: Intensity(340, DAY), NOW: Intensity(322, DAY, "TIME_SLICER_AVERAGE")}


def test_what_a_row_does_not_say_the_whole_answer_may() -> None:
    """The granularity once for all rows; where neither tells it the values are not believed."""
    answer = body("electricitymaps", "past-range")
    bare = [{name: row[name] for name in row if name != "temporalGranularity"} for row in answer["data"]]
    assert len(MAPS.read("DE", "lifecycle", {**answer, "data": bare}, DAY)) == 2
    silent = {"zone": "DE", "data": bare}
    assert refused("electricity-maps", silent) == "gave an answer without temporalGranularity"


@pytest.mark.parametrize("value", [None, 0, 0.0])
def test_an_hour_without_a_value_is_missing(value: float | None) -> None:
    """Null is not zero, and zero is no intensity of a life cycle."""
    assert list(MAPS.read("DE", "lifecycle", maps_answer(carbonIntensity=value), DAY)) == [NIGHT + 1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"zone": "FR"}, "answered for the zone FR where DE was asked for"),
        ({"emissionFactorType": "direct"}, "answered for the kind direct where lifecycle was asked for"),
        ({"temporalGranularity": "yearly"}, "answered for the granularity yearly where hourly was asked for"),
        ({"carbonIntensity": "298"}, None),
        ({"carbonIntensity": -1}, "gave -1, which no grid's intensity can be"),
        ({"carbonIntensity": 298000}, "gave 298000, which no grid's intensity can be"),
        ({"carbonIntensity": True}, "gave True, which no grid's intensity can be"),
        ({"datetime": "2026-11-18T00:00:00"}, "gave the time 2026-11-18T00:00:00 without its offset"),
        ({"datetime": "yesterday\x1b[2J"}, "gave yesterday[2J where a time belongs"),
        ({"datetime": "2026-11-18T00:30:00Z"}, "gave values that do not begin with the hour"),
    ],
)
def test_what_electricity_maps_cannot_have_meant_is_refused(changes: dict[str, Any], told: str | None) -> None:
    """Another zone, kind or length than was asked for, no number and no time: one sentence each, and no value."""
    assert refused("electricity-maps", maps_answer(**changes)) == (told or "gave 298, which no grid's intensity can be")


@pytest.mark.parametrize("answer", [[], None, {"zone": "DE"}, {"zone": "DE", "data": {}}, {"zone": "DE", "data": [1]}])
def test_an_answer_of_another_form_is_refused(answer: Any) -> None:
    """What is no list of hours gives none."""
    assert refused("electricity-maps", answer).startswith("gave an answer")


def test_neso_gives_the_mean_of_two_halves() -> None:
    """The half-hour before the first one asked for belongs to an hour that is not full."""
    told = NESO.read("GB", "direct", body("neso", "range"), DAY)
    assert told == {hour_at("2026-11-19T00:00Z"): Intensity(138, DAY)}


def test_neso_s_forecast_stands_for_what_was_not_metered_and_is_an_estimate() -> None:
    """An actual value that is null is replaced, and the hour says so."""
    answer = body("neso", "range")
    answer["data"][2]["intensity"]["actual"] = None
    told = NESO.read("GB", "direct", answer, DAY)
    assert told == {hour_at("2026-11-19T00:00Z"): Intensity(139.5, DAY, "the provider's forecast")}


def test_a_half_hour_alone_is_no_hour() -> None:
    """Half of an hour does not stand for all of it."""
    assert NESO.read("GB", "direct", body("neso", "national"), DAY) == {}


def test_neso_s_slots_are_half_hours() -> None:
    """A value of another length is refused."""
    answer = {"data": [{"from": "2026-11-19T00:00Z", "to": "2026-11-19T01:00Z", "intensity": {"actual": 1}}]}
    assert refused("neso", answer, "GB", "direct") == "gave a value of another length than half an hour"


@pytest.mark.parametrize(
    ("quarters", "mean"),
    [
        ({"13:00": 18, "13:15": 19, "13:30": 20, "13:45": 21}, 19.5),
        ({"13:00": 18, "13:30": 20}, 19.0),
        ({"13:00": 18, "13:15": 19, "13:30": 20}, None),
        ({"13:00": 18, "13:15": 19, "13:30": 20, "13:45": None}, None),
    ],
)
def test_rte_gives_the_mean_of_the_quarters_of_a_full_hour(quarters: dict[str, float | None], mean: float) -> None:
    """Four quarters, or in older data two halves; an hour with a quarter missing is missing."""
    told = RTE.read("FR", "direct", rows_of(quarters), DAY)
    assert told == ({hour_at("2026-11-20T13:00Z"): Intensity(mean, DAY)} if mean else {})


def test_old_hours_are_asked_for_as_a_range_and_those_of_the_last_day_as_history() -> None:
    """Both requests name the zone and the kind, so that no service looks up where the caller is."""
    recent, old = MAPS.asks("DE", "direct", [NOW, NIGHT, NIGHT + 1], NOW)
    assert (recent.path, recent.hours) == ("/v3/carbon-intensity/history", frozenset({NOW}))
    assert (old.path, old.hours) == ("/v3/carbon-intensity/past-range", frozenset({NIGHT, NIGHT + 1}))
    assert dict(old.parameters) == {
        "zone": "DE",
        "emissionFactorType": "direct",
        "temporalGranularity": "hourly",
        "disableCallerLookup": "true",
        "start": "2026-11-18T00:00Z",
        "end": "2026-11-18T02:00Z",
    }


def test_the_kept_request_of_neso_is_the_one_that_is_made() -> None:
    """From the first hour to the end of the last."""
    (ask,) = NESO.asks("GB", "direct", [hour_at("2026-11-19T00:00Z")], NOW)
    assert (ask.path, ask.parameters) == (example("neso", "range")["path"], ())


def test_rte_is_asked_for_a_day_at_a_time() -> None:
    """A hundred rows are the most that it gives, and a day has ninety-six quarters."""
    asks = RTE.asks("FR", "direct", range(NIGHT, NIGHT + 25), NOW)
    assert [len(ask.hours) for ask in asks] == [24, 1]
    assert dict(asks[0].parameters)["where"] == (
        "date_heure>='2026-11-18T00:00:00Z' and date_heure<'2026-11-19T00:00:00Z' and taux_co2 is not null"
    )


def test_spans_hold_every_hour_once() -> None:
    """Stretches of the given length at most, with what lies between not asked for."""
    hours = [NIGHT, NIGHT + 1, NIGHT + 30]
    assert [(stamp(first), stamp(end), len(inside)) for first, end, inside in spans(hours, 24)] == [
        ("2026-11-18T00:00Z", "2026-11-18T02:00Z", 2),
        ("2026-11-19T06:00Z", "2026-11-19T07:00Z", 1),
    ]


@pytest.mark.parametrize(
    ("provider", "served", "unserved"),
    [("electricity-maps", "SE-SE3", ""), ("neso", "GB", "GB-NIR"), ("rte", "FR", "DE")],
)
def test_a_provider_knows_where_it_has_values(provider: str, served: str, unserved: str) -> None:
    """Great Britain is not Northern Ireland, and France not Germany."""
    assert PROVIDERS[provider].zone(served) == served
    assert unserved == "" or PROVIDERS[provider].zone(unserved) is None


def test_a_key_s_plan_is_told_apart_from_a_wrong_key() -> None:
    """A key that is good for one zone only is refused for the others without being wrong."""
    planned = MAPS.refusal("FR", 401, body("electricitymaps", "zone-not-in-plan"))
    assert planned is not None
    assert "its plan leaves them out" in planned.what
    assert not planned.final
    assert MAPS.refusal("DE", 401, body("electricitymaps", "bad-token")) is None


@pytest.mark.parametrize(
    ("provider", "api", "name"), [("neso", "neso", "bad-request"), ("rte", "rte-odre", "bad-query")]
)
def test_a_request_that_is_not_understood_is_told_in_the_provider_s_words(provider: str, api: str, name: str) -> None:
    """Cut to what a sentence bears."""
    told = PROVIDERS[provider].refusal("GB", 400, body(api, name))
    assert told is not None
    assert told.what.startswith("refused the request: ")


@pytest.mark.parametrize("key", ["", "  ", "schl\u00fcssel", "a\nb"])
def test_a_key_that_cannot_be_sent_is_a_usage_error_that_does_not_repeat_it(key: str) -> None:
    """The sentence names the variable and never the key."""
    with pytest.raises(UsageError) as caught:
        keys_of(MAPS, {"ELECTRICITY_MAPS_TOKEN": key})
    assert "ELECTRICITY_MAPS_TOKEN" in str(caught.value)
    assert not key.strip() or key not in str(caught.value)


def moer(**meta: Any) -> dict[str, Any]:
    """An hour of WattTime's history, twelve points, with members of its head changed."""
    answer: dict[str, Any] = body("watttime", "historical")
    points = [{"point_time": f"2026-11-19T00:{minute:02}:00+00:00", "value": 1000.0} for minute in range(0, 60, 5)]
    return {"data": points, "meta": {**answer["meta"], **meta}}


def test_watttime_s_pounds_become_grams() -> None:
    """1,000 lb/MWh are 453.59237 g/kWh; the two points of the kept answer are no full hour."""
    told = WATTTIME.read("CAISO_NORTH", "direct", moer(), DAY)
    assert list(told) == [hour_at("2026-11-19T00:00Z")]
    assert told[hour_at("2026-11-19T00:00Z")].g_per_kwh == pytest.approx(453.59237)
    assert WATTTIME.read("CAISO_NORTH", "direct", body("watttime", "historical"), DAY) == {}


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ({"units": "percentile"}, "answered with percentile where lbs_co2_per_mwh was asked for"),
        ({"region": "PJM_DC"}, "answered with PJM_DC where CAISO_NORTH was asked for"),
        ({"signal_type": "health_damage"}, "answered with health_damage where co2_moer was asked for"),
        ({"data_point_period_seconds": 7}, "gave points that are 7 s apart"),
    ],
)
def test_watttime_s_index_is_no_intensity(meta: dict[str, Any], told: str) -> None:
    """Nor is another region, signal or period believed."""
    with pytest.raises(ProviderError, match=told):
        WATTTIME.read("CAISO_NORTH", "direct", moer(**meta), DAY)


def test_a_region_outside_the_subscription_is_told() -> None:
    """With the account not called wrong."""
    told = WATTTIME.refusal("PJM_DC", 403, body("watttime", "no-subscription"))
    assert told is not None
    assert told.what == "does not give PJM_DC to this account: its subscription leaves it out"


def test_only_names_of_regions_are_sent_to_watttime() -> None:
    """A name that is part of a path or of a file is none."""
    assert WATTTIME.zone("CAISO_NORTH") == "CAISO_NORTH"
    assert all(WATTTIME.zone(name) is None for name in ("", "../x", "caiso north", "A/B", "A" * 65))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value of an answer stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """The answer with another value in one place."""
    if not path:
        return other
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = _with(value[path[0]], path[1:], other)
    return changed


ANSWERS: list[tuple[Provider, str, Any]] = [
    (MAPS, "DE", body("electricitymaps", "past-range")),
    (MAPS, "DE", body("electricitymaps", "history-24h")),
    (NESO, "GB", body("neso", "range")),
    (RTE, "FR", rows_of({"13:00": 18, "13:15": 19, "13:30": 20, "13:45": 21})),
    (WATTTIME, "CAISO_NORTH", moer()),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=30),
    st.datetimes(timezones=st.timezones() | st.none()).map(lambda moment: moment.isoformat()),
    st.just([]),
    st.just({}),
)


@given(st.data(), st.sampled_from(ANSWERS))
def test_an_answer_with_one_odd_value_is_read_or_refused(
    data: st.DataObject, answer: tuple[Provider, str, Any]
) -> None:
    """Hours with an intensity that a grid can have, or a ProviderError of one line; nothing else is raised."""
    provider, zone, kept = answer
    changed = _with(kept, data.draw(st.sampled_from(_places(kept))), data.draw(ODD))
    try:
        told = provider.read(zone, provider.scopes[0], changed, DAY)
    except ProviderError as error:
        told, said = {}, error.what
    else:
        said = "".join(item.how_estimated or "" for item in told.values())
    assert said.isprintable()
    assert all(0 <= item.g_per_kwh <= 2500 for item in told.values())
