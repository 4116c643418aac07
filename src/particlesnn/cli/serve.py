"""``particlesnn serve``: the web service."""

import threading
import time
import webbrowser
from pathlib import Path

import click

from particlesnn.core import ParticlesNNError

_LOCAL = ("127.0.0.1", "localhost")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen at.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("particlesnn-service"),
    show_default=True,
    metavar="DIR",
    help="Folder of the database, the scans and the results.",
)
@click.option("--database", metavar="URL", help="PostgreSQL instead of SQLite in DIR: postgresql+psycopg://...")
@click.option("--store", metavar="URL", help="Another store than DIR, such as s3://bucket/prefix.")
@click.option("--model", default="dense", show_default=True, help="Shipped model, or an ONNX file.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Scans recognised side by side.")
@click.option(
    "--days", type=click.IntRange(1), default=90, show_default=True, help="How long sets are kept by default."
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="Name it is reached by. May be given several times.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front sets X-Forwarded-For and speaks https.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@click.option("--collect", type=click.Path(path_type=Path), metavar="OUT", help="Serve nothing: write consented data.")
def command(
    host: str,
    port: int,
    data: Path,
    database: str | None,
    store: str | None,
    model: str,
    jobs: int,
    days: int,
    allow_host: tuple[str, ...],
    behind_proxy: bool,
    open_page: bool,
    collect: Path | None,
) -> int:
    """Serve the page and the API until Ctrl-C.

    With --collect, writes the scans and corrected contours of those sets whose owners let them train the network into
    OUT instead, as heights, pictures and one COCO file.
    """
    try:
        from particlesnn.service import ServiceSettings, collect_consented, run_service
    except ModuleNotFoundError as error:
        raise ParticlesNNError(
            f"the web service needs {error.name}; install it with: pip install 'particlesnn[serve]'"
        ) from error
    hosts = allow_host or (("*",) if host not in _LOCAL else ())
    settings = ServiceSettings(
        data=data,
        database=database,
        store=store,
        model=model,
        recognisers=jobs,
        days=days,
        max_days=max(days, ServiceSettings.max_days),
        allowed_hosts=hosts or _LOCAL,
        behind_proxy=behind_proxy,
        secure_cookies=behind_proxy,
    )
    if collect is not None:
        count = collect_consented(settings, collect)
        click.echo(f"{count} {'scan' if count == 1 else 'scans'} written to {collect}")
        return 0
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
    click.echo(f"ParticlesNN is at {address} (Ctrl-C ends it)", err=True)
    if open_page:
        threading.Thread(target=_open_soon, args=(address,), daemon=True).start()
    run_service(settings, host, port)
    return 0


def _open_soon(address: str) -> None:
    time.sleep(2.0)  # the server needs so long; an early browser shows an error until it is loaded anew
    webbrowser.open(address)
