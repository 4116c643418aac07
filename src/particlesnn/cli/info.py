"""``particlesnn info``: what a scan file holds."""

import json
from typing import Any

import click
import numpy as np

from particlesnn.cli.main import sentence_of
from particlesnn.files import list_channels, open_scan


@click.command("info")
@click.argument("scans", nargs=-1, required=True, metavar="SCAN...")
@click.option("--channel", metavar="NAME", help="Channel of the file; the first height channel by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(scans: tuple[str, ...], channel: str | None, as_json: bool) -> int:
    """Say what each SCAN holds: channels, size, scale, range of heights."""
    entries = [_entry(scan, channel) for scan in scans]
    if as_json:
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    for entry in entries:
        if "error" in entry:
            click.echo(f"particlesnn: {entry['error']}", err=True)
        elif not as_json:
            click.echo(_in_words(entry))
    return int(any("error" in entry for entry in entries))


def _entry(path: str, channel: str | None) -> dict[str, Any]:
    try:
        scan = open_scan(path, channel)
        channels = list_channels(path)
    except Exception as error:  # the others are told all the same
        return {"file": path, "error": sentence_of(error)}
    rows, columns = scan.shape_px
    return {
        "file": path,
        "channel": scan.channel,
        "channels": list(channels),
        "width_px": columns,
        "height_px": rows,
        "width_nm": scan.size_nm[1] if scan.size_nm else None,
        "height_nm": scan.size_nm[0] if scan.size_nm else None,
        "unit": scan.value_unit,
        "min": float(np.min(scan.values)),
        "max": float(np.max(scan.values)),
        "mean": float(np.mean(scan.values)),
    }


def _in_words(entry: dict[str, Any]) -> str:
    size = f"{entry['width_px']} x {entry['height_px']} px"
    if entry["width_nm"] is None:
        scale = "no scale (give --pixel-size)"
    else:
        scale = f"{entry['width_nm']:.6g} x {entry['height_nm']:.6g} nm"
    unit = entry["unit"] or "(no length)"
    lines = [
        f"{entry['file']}",
        f"  size      {size}, {scale}",
        f"  channel   {entry['channel']}",
        f"  values    {entry['min']:.6g} to {entry['max']:.6g} {unit}, mean {entry['mean']:.6g}",
    ]
    if len(entry["channels"]) > 1:
        lines.append(f"  channels  {', '.join(entry['channels'])}")
    return "\n".join(lines)
