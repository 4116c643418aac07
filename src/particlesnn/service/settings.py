"""What whoever runs the service may choose. Every default is written here, once."""

from dataclasses import dataclass
from pathlib import Path

from particlesnn.core import ParticlesNNError

_MIB = 2**20


@dataclass(frozen=True)
class ServiceSettings:
    """Where things are kept, and how much of anything one visitor may have."""

    data: Path = Path("particlesnn-service")
    """Folder of the database, and of scans and results unless ``store`` says otherwise."""
    database: str | None = None
    """SQLAlchemy URL; a SQLite file in ``data`` when None."""
    store: str | None = None
    """URL of the object store, such as "s3://bucket/prefix"; the folder ``data``/objects when None."""
    model: str = "dense"
    """Shipped model by name, or path of an ONNX file."""
    recognisers: int = 1
    """Processes that recognise, side by side; each uses its share of the cores."""
    assistants: int = 1
    """Processes that measure, draw and write files while somebody waits."""
    allowed_hosts: tuple[str, ...] = ("*",)
    """Names under which the service may be addressed; a page elsewhere cannot then be made to point here."""
    secure_cookies: bool = False
    """The service is reached by https only."""
    behind_proxy: bool = False
    """Take a visitor's address from X-Forwarded-For, as a proxy in front sets it."""

    max_file_bytes: int = 64 * _MIB
    """Largest file of a scan."""
    max_upload_bytes: int = 512 * _MIB
    """Largest upload, all its files together; a zip counts with what it holds, too."""
    max_contours_bytes: int = 48 * _MIB
    """Largest request with contours; room for ``max_vertices``."""
    max_body_bytes: int = _MIB
    """Largest request of any other kind."""
    max_set_bytes: int = 2048 * _MIB
    """All scans of one set together."""
    max_scans: int = 200
    """Scans of one set."""
    max_pixels: int = 4096 * 4096
    """Pixels of one scan."""
    max_particles: int = 20_000
    """Particles of one scan."""
    max_vertices: int = 2_000_000
    """Vertices of all contours of one scan."""
    max_revisions: int = 100
    """Edits of one scan that can be undone; older ones are forgotten."""
    min_free_bytes: int = 256 * _MIB
    """Nothing more is taken in when the disk has less room."""

    recognition_s: float = 900.0
    """Longest time for one scan."""
    assistance_s: float = 120.0
    """Longest time for one answer."""
    carrying_s: float = 600.0
    """Longest time for one export, archive or file of contours."""
    process_bytes: int = 6 * 1024 * _MIB
    """Address space of one process that reads strangers' files."""
    attempts: int = 2
    """How often a scan is tried whose process was ended from outside."""
    lease_s: float = 30.0
    """A scan that nobody has confirmed to work on for so long is taken up anew."""

    days: int = 90
    """How long a set is kept unless its owner chooses."""
    max_days: int = 366
    """Longest time its owner may choose, from now on."""
    purge_every_s: float = 3600.0
    """How often sets that are past their day are removed."""

    sets_per_address: str = "30/hour;100/day"
    """New sets."""
    uploads_per_address: str = "60/minute"
    """Uploads."""
    requests_per_address: str = "1200/minute"
    """All requests of the API."""
    changes_per_set: str = "600/minute"
    """Requests that change a set."""
    heavy_per_set: str = "120/minute"
    """Exports, comparisons and proposals of a set."""
    listeners_per_set: int = 50
    """Who may listen to the events of a set at a time."""
    wrong_keys_per_address: str = "30/minute"
    """Wrong keys, before the address has to wait."""

    def __post_init__(self) -> None:
        for name in ("recognisers", "assistants", "max_scans", "max_pixels", "attempts", "days", "max_days"):
            if getattr(self, name) < 1:
                raise ParticlesNNError(f"{name.replace('_', ' ')} must be 1 at least, not {getattr(self, name)}")
        if self.days > self.max_days:
            raise ParticlesNNError(f"sets are kept for {self.days} days but only {self.max_days} may be chosen")

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{(self.data / 'service.sqlite').absolute()}"

    @property
    def store_url(self) -> str:
        """Where scans and results are."""
        return self.store or (self.data / "objects").absolute().as_uri()
