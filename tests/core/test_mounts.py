"""What is mounted inside a folder."""

from __future__ import annotations

from pathlib import Path

from guard.core.mounts import mount_points, mounts_below, umount

TABLE = rb"""22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw
42 27 254:0 /tmp/a /work/a\040b\011c\134040 rw,relatime - ext4 /dev/vda rw
43 27 254:0 /x /work/\303\274\012z rw - ext4 /dev/vda rw
"""


def test_a_table_of_mounts_is_read() -> None:
    """Spaces, tabs, ends of lines and backslashes are told in octal; other bytes may be."""
    assert mount_points(TABLE) == ["/proc", "/work/a b\tc\\040", "/work/\u00fc\nz"]
    assert mount_points(b"nonsense\n") == []


def test_what_is_inside(tmp_path: Path) -> None:
    """The root has mounts inside, a plain folder none; the inner ones are let go first."""
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/link").symlink_to("/proc")
    assert mounts_below(str(tmp_path)) == []
    places = ["/w/a", "/w/a/b c", "/w/d"]
    assert umount(places) == "umount /w/d && umount '/w/a/b c' && umount /w/a"
