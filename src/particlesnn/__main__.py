"""``python -m particlesnn`` is the command line."""

from particlesnn.cli.main import main

main()
