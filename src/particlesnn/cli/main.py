"""The group of commands, and what all of them do about errors."""

import atexit
import os
import sys
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from importlib import import_module

import click

from particlesnn import __version__

COMMANDS = {
    "detect": "Find and measure the particles of scans.",
    "measure": "Measure particles whose contours are given.",
    "evaluate": "Compare predicted contours with true ones.",
    "compare": "Compare the network with flooding and watershed.",
    "serve": "Serve the page and its API.",
    "simulate": "Make scans whose truth is known.",
    "convert": "Convert contours, or a scan to a picture.",
    "dataset": "Make a set of labelled scans to train and test on.",
    "benchmark": "Repeat the tables of the paper.",
    "info": "Say what a scan file holds.",
    "weights": "Bring weights that others published.",
    "train": "Train a network.",
    "export": "Turn a training's checkpoint into a model file.",
    "quantise": "Turn a model file into one that computes faster.",
}

DRAWING = frozenset({"detect", "measure"})
"""Commands whose pictures are drawn by a process of its own."""


class _LateGroup(click.Group):
    """Imports a command's file when the command is called: help is quick, and torch stays away from serving."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"particlesnn.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # While this process imports the command, that one imports what draws.
        if args[0] in DRAWING and not set(args) & set(ctx.help_option_names) and not ctx.resilient_parsing:
            from particlesnn.cli import drawing  # late: other commands need no process

            ctx.obj = ctx.with_resource(drawing.drawing_process())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="particlesnn")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
def group(debug: bool) -> None:
    """From raw microscope scans to a particle size distribution one can publish."""
    del debug  # read from the context where an error is handled


def run() -> None:
    """Be the command line's process: `main`, and then an end at once.

    To take apart all modules, networks and threads takes a tenth of a second, and the system does it anyway.
    """
    code = 1

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # nobody reads it any more
                stream.flush()
        os._exit(code)

    atexit.register(end)  # the first one is called last: whatever others have to do at the end is done
    try:
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise


def main() -> None:
    """Run the command line: 0 all well, 1 something failed, 2 wrong usage. Errors are one sentence on stderr."""
    arguments = sys.argv[1:] or ["--help"]
    # Threads of linear algebra gain nothing on sums this small, and their waiting takes the cores from the network and
    # from other processes. Read when numpy is first imported, by this process and by its children.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = group.main(args=arguments, prog_name="particlesnn", standalone_mode=False)
    except click.exceptions.Abort:
        _say("stopped; what was finished is kept, and --resume goes on")
        code = 1
    except click.ClickException as error:
        _say(_usage_sentence(error))
        code = error.exit_code
    except BrokenPipeError:
        # Whoever read our output has enough of it; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        if "--debug" in arguments:
            raise
        _say(sentence_of(error))
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _usage_sentence(error: click.ClickException) -> str:
    sentence = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{sentence}; see {context.command_path} --help" if context else sentence


def sentence_of(error: BaseException) -> str:
    """Say an error in one sentence; one that we did not foresee says so."""
    from particlesnn.core import ParticlesNNError

    if isinstance(error, ParticlesNNError):
        return " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError):
        extra = "train" if error.name in {"torch", "onnx", "onnxscript", "httpx", "platformdirs"} else None
        if extra:
            return f"this command needs {error.name}; install it with: pip install 'particlesnn[{extra}]'"
    if isinstance(error, OSError) and error.strerror:
        file = f"{error.filename}: " if error.filename else ""
        return f"{file}the system refused ({error.strerror}); check the disk and your rights"
    if isinstance(error, BrokenExecutor):
        return "the process that draws was ended from outside, perhaps for want of memory; close other programs"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this scan; close other programs or cut the scan into parts"
    detail = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}: {detail}; run again with --debug and report what it prints"


def _say(sentence: str) -> None:
    click.echo(f"particlesnn: {sentence}", err=True)
