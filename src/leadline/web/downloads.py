"""What can be taken along of a figure: the links below it, and what they give."""

from collections.abc import Mapping
from typing import cast, get_args

from markupsafe import Markup

from leadline.evidence.exhibits import Exhibit, Table
from leadline.report import files
from leadline.report.files import MEDIA, Form, Origin
from leadline.report.views import FigureView
from leadline.web import explore
from leadline.web.pages import Printed
from leadline.web.site import Files

_LINKS = (
    ("SVG", "svg", ""),
    ("PNG", "png", ""),
    ("dark SVG", "svg", "?dark=1"),
    ("dark PNG", "png", "?dark=1"),
    ("CSV", "csv", ""),
    ("JSON", "json", ""),
    ("ZIP", "zip", ""),
)


def links(at: str) -> Files:
    """Give what writes the links below each figure of the page at this address.

    >>> from types import SimpleNamespace
    >>> str(links("/live/x")(SimpleNamespace(id="odds", title="Odds", is_table=False)))[:50]
    '<p class="files" data-explore="/live/x/odds.vega">'
    """

    def below(figure: FigureView) -> Markup:
        told = [
            Markup('<a href="{}/{}.{}{}" aria-label="{}: {}" download>{}</a>').format(
                at, figure.id, form, query, label, figure.title, label
            )
            for label, form, query in _LINKS
            if not (figure.is_table and query)
        ]
        # With a script, a button stands here that fetches the picture's own specification.
        drawn = Markup(' data-explore="{}/{}.vega"').format(at, figure.id)
        explored = "" if figure.is_table else drawn
        return Markup('<p class="files"{}>{}</p>').format(explored, Markup(" ").join(told))

    return below


def printed(
    exhibits: Mapping[str, Exhibit], figure: str, form: str, origin: Origin, *, dark: str = ""
) -> Printed | None:
    """Give one file of a figure; None where there is no such figure or form.

    Parameters
    ----------
    exhibits : mapping of str to Exhibit
        What is drawn on the page, by the id of its figure.
    figure, form : str
        Which one is asked for, and as what.
    origin : Origin
        What goes along with its numbers.
    dark : str
        "1" for pictures on dark paper.
    """
    shown = exhibits.get(figure)
    if shown is not None and form == "vega" and not isinstance(shown, Table):
        return explore.printed(shown, dark=dark == "1")
    if shown is None or form not in get_args(Form):
        return None
    kind = cast("Form", form)
    is_dark = dark == "1" and kind in {"svg", "png"}
    ending = f"-dark.{form}" if is_dark else f".{form}"
    name = f"{files.file_name(f'{origin.stem}-{figure}')}{ending}"
    return Printed(files.written(shown, kind, origin, dark=is_dark), MEDIA[kind], name)
