"""Options that several commands share."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from particlesnn.chemistry import METALS, SHAPES
from particlesnn.core import ParticlesNNError
from particlesnn.pipeline import AnalysisSettings
from particlesnn.statistics import BORDER_RULES

Command = TypeVar("Command", bound=Callable[..., Any])


def analysis_options(command: Command) -> Command:
    """Add the options of reading, filtering and counting."""
    options = (
        click.option(
            "--pixel-size",
            type=float,
            metavar="NM",
            help="Side of a pixel in nm, if the file has none or a wrong one.",
        ),
        click.option("--channel", metavar="NAME", help="Channel of the file; the first height channel by default."),
        click.option("--min-diameter", type=float, metavar="NM", help="Leave out smaller ones (px without a scale)."),
        click.option("--max-diameter", type=float, metavar="NM", help="Leave out larger ones (px without a scale)."),
        click.option(
            "--border",
            type=click.Choice(BORDER_RULES),
            default=AnalysisSettings.border,
            show_default=True,
            help="Count particles at the border, leave them out and correct the area, or weight those inside.",
        ),
        click.option(
            "--metal", type=click.Choice([metal.name for metal in METALS]), help="Count the atoms of this metal."
        ),
        click.option(
            "--shape",
            type=click.Choice(SHAPES),
            default=AnalysisSettings.shape,
            show_default=True,
            help="Solid that a particle of metal is taken for: a cap of its height, or a hemisphere.",
        ),
        click.option(
            "--scale-uncertainty",
            type=float,
            metavar="PERCENT",
            default=AnalysisSettings.scale_uncertainty,
            show_default=True,
            help="Standard uncertainty of the scale, for the budget of uncertainty.",
        ),
        click.option(
            "--tip",
            metavar="TIP",
            default=AnalysisSettings.tip,
            show_default=True,
            help="Take off the broadening by the tip: blind, or radius=5nm, or radius=5nm,angle=20.",
        ),
        click.option("--bins", type=click.IntRange(1), metavar="N", help="Bins of the histograms; a round width else."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings_from(options: Mapping[str, Any], **more: Any) -> AnalysisSettings:
    """Make settings of what `analysis_options` gave; a value that makes no sense is wrong usage."""
    try:
        return AnalysisSettings(
            channel=options["channel"],
            pixel_size_nm=options["pixel_size"],
            min_diameter=options["min_diameter"],
            max_diameter=options["max_diameter"],
            border=options["border"],
            metal=options["metal"],
            shape=options["shape"],
            bins=options["bins"],
            tip=options["tip"],
            scale_uncertainty=options["scale_uncertainty"],
            **more,
        )
    except ParticlesNNError as error:
        raise click.UsageError(str(error)) from error
