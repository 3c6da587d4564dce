"""`joulecard assemble --live`: hourly intensity where it comes, the year's value where it does not, and no key told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_assemble import a_segment, put
from tests.factors.providers.provider_server import Asked, Reply, Server, reply, running

from joulecard.capture.segment import Series
from joulecard.cli import main
from joulecard.cli.doctor.check import Scene
from joulecard.cli.doctor.configuration import configuration
from joulecard.settings import Roots, Settings
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]
    Assembling = Callable[..., tuple[int, dict[str, Any]]]

pytestmark = pytest.mark.needs("httpx2")

KEY = "a-key-that-nobody-may-see"
GOOD = reply("electricitymaps", "past-range")
SAME = ("totals", "stages", "factors", "uncertainty", "locations", "boundary")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A provider on the loopback, in whose project one stage ran for half an hour around one o'clock in Germany."""
    stage = a_segment(
        start="2026-11-18T00:45:00.000Z",
        end="2026-11-18T01:15:00.000Z",
        monotonic_s=1800.0,
        place=Place((Evidence("setting", "high", country="DE"),), pue=1.2),
        series=Series("2026-11-18T00:45:00.000Z", 900.0, (300.0, 900.0), (4.0, 4.0)),
    )
    put(tmp_path / "carbon" / "train.json", stage)
    monkeypatch.chdir(tmp_path)
    with running() as started:
        monkeypatch.setenv("JOULECARD_LIVE_ROOT", started.address)
        monkeypatch.setenv("NO_PROXY", "*")  # of a machine behind a proxy, which does not know our loopback
        monkeypatch.setenv("ELECTRICITY_MAPS_TOKEN", KEY)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield started


@pytest.fixture
def assembling(server: Server, tmp_path: Path) -> Assembling:
    """Runs the command; its exit status and the disclosure."""

    def run(*options: str) -> tuple[int, dict[str, Any]]:
        assert server.address
        status = main(["assemble", "-o", "made.json", *options])
        made = tmp_path / "made.json"
        return status, json.loads(made.read_text(encoding="utf-8")) if made.exists() else {}

    return run


def grid(document: dict[str, Any]) -> dict[str, Any]:
    """The one grid factor."""
    (factor,) = (factor for factor in document["factors"] if factor["kind"] == "grid_intensity")
    return dict(factor)


def statements(document: dict[str, Any]) -> str:
    """All that it takes for true."""
    return "\n".join(item["statement"] for item in document["assumptions"])


def test_nothing_is_asked_unless_it_was_asked_for(server: Server, assembling: Assembling) -> None:
    """A key and a server are there, and the command is silent."""
    server.replies(GOOD)
    assert assembling()[0] == 0
    assert server.asked == []


def test_the_hours_of_the_run_are_asked_for_and_used(server: Server, assembling: Assembling, capsys: Captured) -> None:
    """A mean between the two hours, with nothing said beside the usual line."""
    server.replies(GOOD)
    status, document = assembling("--live", "electricity-maps")
    assert status == 0
    assert grid(document)["granularity"] == "hourly"
    assert 298 < grid(document)["value"] < 301
    assert capsys.readouterr().err == ""


def test_the_setting_asks_and_the_option_goes_before_it(
    server: Server, assembling: Assembling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JOULECARD_LIVE, and `--live off` against it."""
    monkeypatch.setenv("JOULECARD_LIVE", "electricity-maps")
    server.replies(GOOD)
    assert grid(assembling("--live", "off")[1])["granularity"] == "yearly"
    assert grid(assembling()[1])["granularity"] == "hourly"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (reply("electricitymaps", "bad-token"), "refused the key (401)"),
        (reply("electricitymaps", "zone-not-in-plan"), "does not give these hours of DE to this key"),
        (Reply(403, b"Forbidden"), "refused the key (403)"),
        (reply("electricitymaps", "rate-limit"), "asks for a pause (429)"),
        (Reply(500, b""), "failed (500)"),
        (Reply(200, GOOD.body[:100], length=len(GOOD.body)), "broke off its answer"),
        (reply("electricitymaps", "past-range", zone="FR"), "answered for the zone FR where DE was asked for"),
        (
            reply("electricitymaps", "past-range", data=[{**json.loads(GOOD.body)["data"][0], "carbonIntensity": 0.3}]),
            "gave 0.3 where the year's mean is 342 g/kWh, as if in kg/kWh",
        ),
        (Reply(200, b" " * 1000, pause_s=1.0), "did not answer in time"),
    ],
)
def test_a_provider_that_fails_changes_no_number(
    server: Server, assembling: Assembling, capsys: Captured, fault: Reply, reason: str
) -> None:
    """The disclosure is that without --live and says why; one line on the standard error says it too."""
    server.replies(fault)
    without = assembling()[1]
    status, document = assembling("--live", "electricity-maps")
    assert status == 0
    assert {name: document[name] for name in SAME} == {name: without[name] for name in SAME}
    assert reason in statements(document)
    said = capsys.readouterr().err
    assert said.startswith(f"joulecard: Electricity Maps {reason}")
    assert said.endswith(": the value of the year stands for 2 of 2 hours of DE\n")


def test_a_key_is_neither_written_nor_told(
    server: Server, assembling: Assembling, capsys: Captured, tmp_path: Path
) -> None:
    """Not in a file below the project or the cache, and not on a stream, whether the provider takes it or not."""
    for answer in (GOOD, Reply(401, json.dumps({"error": f"Invalid auth-token {KEY}"}).encode())):
        server.replies(answer)
        assembling("--live", "electricity-maps")
        told = capsys.readouterr()
        assert KEY not in told.out + told.err
    assert server.asked[0].headers["auth-token"] == KEY
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_without_its_key_a_provider_is_not_asked(
    server: Server, assembling: Assembling, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that names the variable, and nothing written."""
    monkeypatch.delenv("ELECTRICITY_MAPS_TOKEN")
    assert assembling("--live", "electricity-maps") == (2, {})
    assert "set the variable ELECTRICITY_MAPS_TOKEN" in capsys.readouterr().err
    assert server.asked == []


def test_a_provider_of_direct_values_needs_the_direct_profile(assembling: Assembling, capsys: Captured) -> None:
    """NESO has no lifecycle values, and the two are never mixed."""
    assert assembling("--live", "neso") == (2, {})
    assert (
        "NESO tells direct intensities, and the profile is lifecycle; add --profile direct" in capsys.readouterr().err
    )


def test_neso_gives_the_direct_hours_of_great_britain(server: Server, assembling: Assembling) -> None:
    """Half-hours become hours; a place elsewhere would not be asked for."""

    def halves(asked: Asked) -> Reply:
        assert asked.path == "/intensity/2026-11-18T00:00Z/2026-11-18T02:00Z"
        times = ["00:00", "00:30", "01:00", "01:30", "02:00"]
        pairs = zip(times, times[1:], (100, 200, 300, 500), strict=False)
        slots = [
            {"from": f"2026-11-18T{a}Z", "to": f"2026-11-18T{b}Z", "intensity": {"forecast": 1, "actual": value}}
            for a, b, value in pairs
        ]
        return reply("neso", "range", data=slots)

    server.answer = halves
    status, document = assembling("--live", "neso", "--profile", "direct", "--place", "GB")
    assert status == 0
    assert 150 < grid(document)["value"] < 400
    assert grid(document)["source"]["license"] == "CC-BY-4.0"


def test_with_merge_there_is_nobody_to_ask(assembling: Assembling, capsys: Captured) -> None:
    """Disclosures have their factors."""
    assembling()
    assert main(["assemble", "--merge", "made.json", "-o", "other.json", "--live", "neso"]) == 2
    assert "--live is about records" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "key", "state", "detail"),
    [
        (
            Settings(live="electricity-maps"),
            KEY,
            "ok",
            "joulecard assemble asks Electricity Maps for hourly grid intensity",
        ),
        (Settings(live="electricity-maps"), " ", "problem", "Electricity Maps: there is no key"),
        (Settings(live="neso"), "", "problem", "NESO: its values are direct, and the profile is lifecycle"),
        (Settings(live="rte", profile="direct"), "", "ok", "joulecard assemble asks RTE for hourly grid intensity"),
    ],
)
def test_doctor_tells_whether_the_provider_can_be_asked(
    tmp_path: Path, settings: Settings, key: str, state: str, detail: str
) -> None:
    """From the settings and the environment alone, and without the key's text."""
    scene = Scene({"ELECTRICITY_MAPS_TOKEN": key}, str(tmp_path), Roots(), settings)
    (check,) = (check for check in configuration(scene) if check.name == "live")
    assert (check.state, check.detail) == (state, detail)
    assert KEY not in f"{check.detail}{check.remedy}"


def test_doctor_says_nothing_of_providers_where_none_is_chosen(tmp_path: Path) -> None:
    """Off is the rule."""
    scene = Scene({}, str(tmp_path), Roots(), Settings())
    assert "live" not in {check.name for check in configuration(scene)}


@pytest.mark.parametrize(
    "root", ["http://provider.example", "http://127.0.0.1.provider.example", "http://127.0.0.1@10.0.0.1"]
)
@pytest.mark.usefixtures("server")
def test_keys_go_to_no_other_machine(monkeypatch: pytest.MonkeyPatch, capsys: Captured, root: str) -> None:
    """What stands in for the providers is on this machine, or is refused."""
    monkeypatch.setenv("JOULECARD_LIVE_ROOT", root)
    assert main(["assemble", "--live", "electricity-maps", "-o", "made.json"]) == 2
    assert "keys are sent to the providers alone" in capsys.readouterr().err


@pytest.mark.needs("time namespaces")
@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
def test_a_name_server_that_never_answers_is_left_behind(server: Server, tmp_path: Path) -> None:
    """Looking up a host's name would go on for minutes and cannot be broken off; the command ends without it."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.77.0.53\noptions timeout:30 attempts:5\n", encoding="utf-8")
    program = f"mount --bind {resolver} /etc/resolv.conf && exec {sys.executable} -m joulecard assemble -o made.json"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.77.0.53", 53))
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", f"{program} --live electricity-maps"],
            cwd=tmp_path,
            env={**os.environ, "JOULECARD_LIVE_ROOT": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "Electricity Maps did not answer in time" in done.stderr
    assert server.asked == []
