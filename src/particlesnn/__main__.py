"""``python -m particlesnn`` is the command line."""

from particlesnn.cli.main import run

if __name__ == "__main__":  # processes of --jobs import this file too
    run()
