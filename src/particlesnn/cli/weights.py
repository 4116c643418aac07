"""``particlesnn weights``: published weights to begin a training with. Needs the extra ``train``."""

from pathlib import Path

import click
from tqdm import tqdm


@click.group("weights")
def command() -> None:
    """Bring weights that others published, to begin a training with."""


@command.command("list")
def list_weights() -> None:
    """Name the published weights, and say which are here already."""
    from particlesnn.weights import PUBLISHED, cache_folder  # late: help needs no network

    for weights in PUBLISHED:
        here = " (fetched)" if (cache_folder() / weights.file_name).exists() else ""
        click.echo(
            f"{weights.name}{here}\n    {weights.note}; SHA-256 {weights.sha256_start}...\n    {weights.address}"
        )
    click.echo(f"Fetched weights lie in {cache_folder()}.")


@command.command("fetch")
@click.argument("name")
@click.option("--sha256", metavar="DIGITS", help="The file's SHA-256, or how it begins, where its name does not tell.")
@click.option(
    "-o", "--output", metavar="DIR", type=click.Path(path_type=Path), help="Folder to write to, not the cache."
)
def fetch_weights(name: str, sha256: str | None, output: Path | None) -> None:
    """Bring NAME, one of `weights list` or an address, and check it; a download that was cut off goes on."""
    from particlesnn.weights import fetch, find  # late: help needs no network
    from particlesnn.weights.fetch import checksum

    with tqdm(unit="B", unit_scale=True, desc="fetching", disable=None) as bar:

        def show(arrived: int, total: int | None) -> None:
            bar.total = total
            bar.update(arrived - bar.n)

        path = fetch(find(name), output, sha256=sha256, progress=show)
    click.echo(f"{path}\nSHA-256 {checksum(path)}")
