"""Made-up systems: a few files below /sys, /proc and / of a machine that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from joulecard.settings import Roots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ZONE_TAB = """# country\tcoordinates\tzone\tcomments
CN\t+3114+12128\tAsia/Shanghai\tBeijing Time
DE\t+5230+01322\tEurope/Berlin\tmost of Germany
DE\t+4742+00841\tEurope/Busingen\tBusingen
GB\t+513030-0000731\tEurope/London
IN\t+2232+08822\tAsia/Kolkata
JP\t+353916+1394441\tAsia/Tokyo
SE\t+5920+01803\tEurope/Stockholm
US\t+340308-1181434\tAmerica/Los_Angeles\tPacific
US\t+394606-0860929\tAmerica/Indiana/Indianapolis\tEastern - IN (most areas)
"""


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Roots]:
    """Writes files named sys/..., proc/... and fs/...; a text that starts with `-> ` becomes a link to the rest."""

    def write(files: Mapping[str, str | bytes]) -> Roots:
        for name, content in {"fs/usr/share/zoneinfo/zone.tab": ZONE_TAB, **files}.items():
            path = tmp_path / "machine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if isinstance(content, str) and content.startswith("-> "):
                path.symlink_to(content.removeprefix("-> "))
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Roots(*(str(tmp_path / "machine" / name) for name in ("sys", "proc", "fs")))

    return write
