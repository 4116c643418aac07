"""``python -m particlesnn`` is the command line."""

from particlesnn.cli.main import main

if __name__ == "__main__":  # processes of --jobs import this file too
    main()
