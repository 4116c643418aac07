"""The overlay as SVG: contours stay lines that a drawing program can take apart, recolour and print at any size."""

from pathlib import Path
from xml.etree import ElementTree as Xml

from particlesnn.core import Particle, ParticleMap, Scan
from particlesnn.core.writing import write_whole
from particlesnn.report.canvas import length_label, nice_length, thinned, true_proportions
from particlesnn.report.embedding import data_uri, png
from particlesnn.report.pictures import ORIGIN_COLOURS
from particlesnn.report.shading import shade

_SVG = "http://www.w3.org/2000/svg"
_BAR_SHARE = 0.22


def draw_overlay_svg(path: Path, scan: Scan, particles: ParticleMap) -> None:
    """Write the scan in the fiery palette with one path a particle on it.

    User units are px of the scan, an integer is a pixel centre. Each path has the id ``particle-N``, the class of its
    origin, and a title with number and score, which browsers show under the pointer.

    Parameters
    ----------
    path
        The .svg file; an older one is replaced.
    scan
        The scan.
    particles
        Its particles, coloured by `ORIGIN_COLOURS`.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    rows, columns = scan.shape_px
    stretch_y, stretch_x = true_proportions(scan)
    # No namespaces by ElementTree's own prefixes: Inkscape and browsers read plain names, and so do people.
    root = Xml.Element(
        "svg",
        {
            "xmlns": _SVG,
            "width": f"{columns * stretch_x:g}",
            "height": f"{rows * stretch_y:g}",
            "viewBox": f"-0.5 -0.5 {columns} {rows}",
            "preserveAspectRatio": "none",
        },
    )
    Xml.SubElement(root, "title").text = _printable(particles.source or scan.source or "particles")
    colours = [f".{origin} {{ stroke: {colour} }}" for origin, colour in ORIGIN_COLOURS.items()]
    Xml.SubElement(root, "style").text = " ".join(
        ["path { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round }", *colours]
    )
    place = {"x": "-0.5", "y": "-0.5", "width": str(columns), "height": str(rows), "preserveAspectRatio": "none"}
    Xml.SubElement(root, "image", {**place, "href": data_uri(png(shade(thinned(scan))), "image/png")})
    group = Xml.SubElement(root, "g", {"id": "particles"})
    for particle in particles.particles:
        line = Xml.SubElement(
            group, "path", {"id": f"particle-{particle.id}", "class": particle.origin, "d": _path_of(particle)}
        )
        score = "" if particle.score is None else f", score {particle.score:.2f}"
        Xml.SubElement(line, "title").text = f"{particle.id}{score}"
    _scale_bar(root, scan)
    write_whole(path, Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _path_of(particle: Particle) -> str:
    corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in particle.contour.points_px.tolist())
    return f"M{corners}Z"


def _scale_bar(root: Xml.Element, scan: Scan) -> None:
    """Draw a bar of a round length in the lower right corner; nothing where the scale is unknown."""
    if scan.size_nm is None:
        return
    rows, columns = scan.shape_px
    length_nm = nice_length(_BAR_SHARE * scan.size_nm[1])
    bar, unit = columns * length_nm / scan.size_nm[1], rows / 100
    left, base = columns - 0.5 - 3 * unit - bar, rows - 0.5 - 3 * unit
    group = Xml.SubElement(root, "g", {"id": "scale-bar", "fill": "white"})
    Xml.SubElement(
        group, "rect", {"x": f"{left:g}", "y": f"{base - unit:g}", "width": f"{bar:g}", "height": f"{unit:g}"}
    )
    place = {"x": f"{left + bar / 2:g}", "y": f"{base - 2 * unit:g}"}
    words = {"text-anchor": "middle", "font-family": "sans-serif", "font-size": f"{3.5 * unit:g}"}
    Xml.SubElement(group, "text", {**place, **words}).text = length_label(length_nm)


def _printable(text: str) -> str:
    """Leave out what XML cannot hold: control characters, and halves of a character in the name of a file."""
    return "".join(each for each in text if each.isprintable())
