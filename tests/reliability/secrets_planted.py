"""A machine, a user and a project full of what nobody may read in a record: each secret is a text that occurs once."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {
    "password in a URI": "pw-Zq01hunter",
    "token of a model hub": "hf_Zq02tokenAbcdef",
    "key of a cloud": "AKIAZQ03SECRETKEY",
    "secret key of a cloud": "wJalrZq04/bPxRfiCY",
    "password of a database": "db-Zq05pass",
    "host name": "zq06-node.internal.example",
    "user name": "zq07marie",
    "home folder": "home-of-zq08",
    "IP address": "203.0.113.109",
    "MAC address": "02:5e:zq:10:ab:cd",
    "serial number of the product": "SN-ZQ11-0042",
    "UUID of the product": "zq12aaaa-1111-4222-8333-444455556666",
    "serial number of the board": "BRD-ZQ13-0042",
    "asset tag of the chassis": "ASSET-ZQ14",
    "machine-id": "zq15c0ffee00000000000000deadbeef",
    "UUID of a GPU": "GPU-000000a0-0000-4000-8000-00000057ab00",
    "bus address of a GPU": "0000:zq:17.0",
    "argument of the command": "--api-key=Zq18argv",
    "password of a git remote": "git-Zq19pass",
    "instance of the cloud": "i-0zq20instance",
    "local host name of the cloud": "ip-10-0-0-zq21",
    "serial number of the CPU": "ZQ22cpuserial",
    "path of the working folder": "client-zq23-merger",
    "value of a setting that is none": "zq24-setting",
    "message of an exception": "zq25-exception",
    "boot id": "zq26b007-1111-4222-8333-444455556666",
    "user of the scheduler": "zq27slurm",
    "author of the commit": "zq28.author@example.org",
}
FOLDERS = frozenset({"home folder", "path of the working folder"})
# a line on the user's own terminal says where a record lies, and which value of a setting is none
IN_LINES = FOLDERS | {"value of a setting that is none"}
IN_JOURNALS = FOLDERS  # it says where its segment goes, and never leaves the machine
ENVIRONMENT = {
    "MLFLOW_TRACKING_URI": f"http://tracker:{SECRETS['password in a URI']}@127.0.0.1:9/",
    "MLFLOW_TRACKING_PASSWORD": SECRETS["password in a URI"],
    "HF_TOKEN": SECRETS["token of a model hub"],
    "AWS_ACCESS_KEY_ID": SECRETS["key of a cloud"],
    "AWS_SECRET_ACCESS_KEY": SECRETS["secret key of a cloud"],
    "DATABASE_URL": f"postgres://app:{SECRETS['password of a database']}@10.1.2.3/db",
    "HOSTNAME": SECRETS["host name"],
    "USER": SECRETS["user name"],
    "LOGNAME": SECRETS["user name"],
    "SSH_CONNECTION": f"{SECRETS['IP address']} 50000 10.0.0.1 22",
    "SLURM_JOB_USER": SECRETS["user of the scheduler"],
    "SLURM_SUBMIT_HOST": SECRETS["host name"],
    "JOULECARD_PLACE": SECRETS["value of a setting that is none"],
    "NVIDIA_VISIBLE_DEVICES": SECRETS["UUID of a GPU"],
}
_DMI = {
    "sys_vendor": "Amazon EC2",
    "product_name": "m5.large",
    "product_serial": SECRETS["serial number of the product"],
    "product_uuid": SECRETS["UUID of the product"],
    "board_serial": SECRETS["serial number of the board"],
    "board_asset_tag": SECRETS["instance of the cloud"],
    "chassis_asset_tag": SECRETS["asset tag of the chassis"],
}
_CLOUD_INIT = {
    "v1": {
        "cloud_name": "aws",
        "region": "eu-north-1",
        "instance_id": SECRETS["instance of the cloud"],
        "local_hostname": SECRETS["local host name of the cloud"],
    },
    "ds": {"meta_data": {"local-ipv4": SECRETS["IP address"], "mac": SECRETS["MAC address"]}},
}
_CPU = f"processor\t: 0\nmodel name\t: Some CPU\nSerial\t\t: {SECRETS['serial number of the CPU']}\n"
_BUS = SECRETS["bus address of a GPU"]
_GPU = f"Model: \t\t Stub GPU\nGPU UUID: \t {SECRETS['UUID of a GPU']}\nBus Location: \t {_BUS}\n"


def furnished(folder: Path) -> dict[str, str]:
    """Writes the machine's files below a folder; the variables that lead a process to them, secrets among them."""
    files = {
        "sys/class/net/eth0/address": SECRETS["MAC address"],
        "sys/class/powercap/intel-rapl:0/name": "package-0",
        "sys/class/powercap/intel-rapl:0/energy_uj": "5000000",
        "sys/class/powercap/intel-rapl:0/max_energy_range_uj": "262143328850",
        "proc/cpuinfo": _CPU,
        "proc/stat": "cpu  1 0 0 900000 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n",
        "proc/meminfo": "MemTotal:       16000000 kB",
        "proc/sys/kernel/hostname": SECRETS["host name"],
        "proc/sys/kernel/ostype": "Linux",
        "proc/sys/kernel/osrelease": f"6.1.0-{SECRETS['host name']}",
        "proc/sys/kernel/random/boot_id": SECRETS["boot id"],
        f"proc/driver/nvidia/gpus/{_BUS}/information": _GPU,
        "fs/etc/machine-id": SECRETS["machine-id"],
        "fs/etc/hostname": SECRETS["host name"],
        "fs/run/cloud-init/instance-data.json": json.dumps(_CLOUD_INIT),
        "fs/dev/nvidiactl": "",
        **{f"sys/class/dmi/id/{name}": value for name, value in _DMI.items()},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")
    home = folder / SECRETS["home folder"]
    (home / "run").mkdir(parents=True, mode=0o700)
    roots = {f"JOULECARD_{name.upper()}_ROOT": str(folder / name) for name in ("sys", "proc", "fs")}
    roots["JOULECARD_SYSFS_ROOT"] = roots.pop("JOULECARD_SYS_ROOT")
    state = {"XDG_STATE_HOME": str(home / "state"), "XDG_RUNTIME_DIR": str(home / "run")}
    return {**ENVIRONMENT, **roots, **state, "HOME": str(home)}


def project(folder: Path) -> Path:
    """A working folder with a history, in a place that nobody may know."""
    place = folder / SECRETS["path of the working folder"] / "project"
    (place / ".git/refs/heads").mkdir(parents=True)
    (place / "joulecard.toml").write_text(f'contect = "{SECRETS["value of a setting that is none"]}"\n')
    (place / ".dvc").mkdir()
    (place / "dvc.yaml").write_text(f"stages:\n  fit:\n    cmd: train {SECRETS['argument of the command']}\n")
    remote = f"https://ci:{SECRETS['password of a git remote']}@git.example.org/repo.git"
    (place / ".git/config").write_text(f'[remote "origin"]\n\turl = {remote}\n')
    (place / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (place / ".git/refs/heads/main").write_text("c0" * 20 + "\n")
    author = SECRETS["author of the commit"]
    (place / ".git/COMMIT_EDITMSG").write_text(f"Signed-off-by: {author}\n")
    return place


def told(content: bytes, besides: frozenset[str] = frozenset()) -> list[str]:
    """Which secrets a piece of output holds, however it is written, besides those that may stand there."""
    text = "\n".join(each.decode("utf-8", "replace").lower() for each in (content, *_inflated(content)))
    return sorted(name for name in SECRETS.keys() - besides if SECRETS[name].lower() in text)


def _inflated(content: bytes) -> list[bytes]:
    """The streams of a PDF, which are compressed."""
    streams = []
    for piece in content.split(b"stream\n")[1:] if content.startswith(b"%PDF") else ():
        try:
            streams.append(zlib.decompressobj().decompress(piece))
        except zlib.error:
            continue
    return streams
