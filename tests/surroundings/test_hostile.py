"""Whatever lies in the system's files, reading it never raises and never tells a secret."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.settings import Roots
from joulecard.surroundings.machine import host_ref, read_machine
from joulecard.surroundings.place import find_place
from joulecard.surroundings.software import read_software

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Plant = Callable[[Mapping[str, str | bytes]], Roots]

READ = (
    "sys/class/dmi/id/sys_vendor",
    "sys/class/dmi/id/product_name",
    "sys/class/dmi/id/product_version",
    "sys/class/dmi/id/bios_vendor",
    "sys/class/dmi/id/chassis_asset_tag",
    "sys/class/dmi/id/chassis_vendor",
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/stat",
    "proc/sys/kernel/random/boot_id",
    "proc/sys/kernel/ostype",
    "proc/sys/kernel/osrelease",
    "fs/run/cloud-init/instance-data.json",
    "fs/etc/machine-id",
    "fs/etc/timezone",
    "fs/etc/localtime",
    "fs/usr/share/zoneinfo/zone.tab",
)


def _everything(roots: Roots, folder: str, environ: Mapping[str, str]) -> str:
    """All that the surroundings tell, as the text that a record would hold."""
    facts = (
        asdict(read_machine(roots)),
        asdict(find_place(None, None, environ, roots)),
        asdict(read_software(folder, roots)),
        host_ref(roots),
    )
    return json.dumps(facts, allow_nan=False)


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 64,
        b"x" * (1 << 20),
        b"processor\t: 0\nmodel name\t: \x1b[31m\xff\xe2\x80\xae" + b"A" * 5000 + b"\n",
        b'{"v1": ' + b"[" * 100_000,
        b'{"v1": {"cloud_name": {}, "region": NaN}}',
        b'{"v1": {"cloud_name": "aws", "region": 1' + b"0" * 5000 + b"}}",
        b"[]",
        b"MemTotal: 99999999999999999999999 kB\n",
    ],
    ids=["junk", "megabyte", "long-name", "deep", "odd-json", "long-number", "array", "overflow"],
)
def test_hostile_files_are_survived(plant: Plant, tmp_path: Path, content: bytes) -> None:
    """The same bytes in every file that is read."""
    text = _everything(plant(dict.fromkeys(READ, content)), str(tmp_path), {"TZ": "Europe/Berlin"})
    assert len(text) < 3000


def _circle(path: Path) -> None:
    path.symlink_to(path)


def test_unreadable_files_are_survived(tmp_path: Path) -> None:
    """Links in a circle, folders and pipes in the place of files, and roots that do not exist."""
    kinds: tuple[Callable[[Path], None], ...] = (_circle, Path.mkdir, os.mkfifo)
    for number, make in enumerate(kinds):
        root = tmp_path / str(number)
        for name in READ:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            make(root / name)
        _everything(Roots(f"{root}/sys", f"{root}/proc", f"{root}/fs"), str(root / "sys"), {})
    _everything(Roots("/nowhere/sys", "/nowhere/proc", "/nowhere\0/fs"), "/nowhere", {})


@given(
    st.dictionaries(st.sampled_from(READ), st.binary(max_size=300)),
    st.dictionaries(st.sampled_from(["TZ", "AWS_REGION", "AWS_EXECUTION_ENV", "REGION_NAME"]), st.text(max_size=40)),
)
def test_any_bytes_anywhere_are_survived(files: dict[str, bytes], environ: dict[str, str]) -> None:
    """Facts stay within their bounds whatever the files hold."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        roots = Roots(f"{folder}/sys", f"{folder}/proc", f"{folder}/fs")
        _everything(roots, folder, environ)
        machine = read_machine(roots)
    assert machine.logical_cpus >= 1
    assert machine.cpu_model is None or (machine.cpu_model.isprintable() and 0 < len(machine.cpu_model) <= 256)


PLANTED = "5ec7e7-alice"


def test_no_serial_name_or_address_is_ever_told(plant: Plant, tmp_path: Path) -> None:
    """Secrets planted where they live on real machines, and around every fact that is told."""
    repository = tmp_path / PLANTED
    (repository / ".git").mkdir(parents=True)
    (repository / ".git" / "HEAD").write_text("ab" * 20)
    (repository / ".git" / "config").write_text(f"[user]\nname = {PLANTED}\n")
    identifiers = (
        "product_uuid",
        "product_serial",
        "board_serial",
        "chassis_serial",
        "board_asset_tag",
        "board_vendor",
    )
    vendors = ("product_name", "product_version", "product_family", "bios_version")
    roots = plant(
        {
            **{f"sys/class/dmi/id/{name}": PLANTED for name in (*identifiers, *vendors)},
            "sys/class/dmi/id/sys_vendor": f"Amazon EC2 {PLANTED}",
            "sys/class/dmi/id/chassis_asset_tag": PLANTED,
            "proc/cpuinfo": f"processor\t: 0\nmodel name\t: AMD EPYC\nSerial\t: {PLANTED}\nHardware\t: {PLANTED}\n",
            "proc/sys/kernel/hostname": PLANTED,
            "proc/sys/kernel/osrelease": f"6.1.0-{PLANTED}",
            "proc/sys/kernel/ostype": "Linux",
            "proc/sys/kernel/random/boot_id": f"boot-{PLANTED}",
            "fs/etc/hostname": PLANTED,
            "fs/etc/machine-id": PLANTED,
            "fs/etc/timezone": f"Europe/{PLANTED}",
            "fs/etc/localtime": f"-> /home/{PLANTED}/zoneinfo/Europe/Berlin",
            "fs/run/cloud-init/instance-data.json": json.dumps(
                {
                    "v1": {
                        "cloud_name": "aws",
                        "region": "eu-north-1",
                        "availability_zone": PLANTED,
                        "instance_id": PLANTED,
                        "local_hostname": PLANTED,
                        "subplatform": PLANTED,
                    },
                    "ds": {"meta_data": {"account": PLANTED}},
                }
            ),
        }
    )
    environ = {"USER": PLANTED, "HOSTNAME": PLANTED, "LANG": PLANTED, "HOME": f"/home/{PLANTED}", "TZ": PLANTED}
    text = _everything(roots, str(repository), environ)
    assert PLANTED not in text
    assert "alice" not in text.lower()
    assert {"eu-north-1", "AMD EPYC", "DE", "Linux 6.1"} <= set(text.replace('"', "\n").split("\n"))
