"""Tables on a terminal."""

from collections.abc import Container, Sequence


def aligned(lines: Sequence[Sequence[str]], left: Container[int] = (0,)) -> str:
    """Set lines of cells in columns: those whose numbers are given to the left, the others to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]

    def placed(column: int, cell: str) -> str:
        return cell.ljust(widths[column]) if column in left else cell.rjust(widths[column])

    return "\n".join("  ".join(placed(*each) for each in enumerate(line)).rstrip() for line in lines)


def markdown(lines: Sequence[Sequence[str]], left: Container[int] = (0,)) -> str:
    """Write lines of cells, the first of which is the head, as a table in Markdown."""
    rule = [":--" if column in left else "--:" for column in range(len(lines[0]))]
    head, *body = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))
