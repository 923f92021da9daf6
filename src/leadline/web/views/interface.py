"""The interface for programs, explained from its own description."""

import leadline
from leadline.report.document import Sheet
from leadline.web import api, site
from leadline.web.api import outline
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf


@page("/api")
def interface(shelf: Shelf) -> Printed:  # noqa: ARG001 - it is the same for every store
    """Print what programs can ask."""
    description = api.description()
    sheet = Sheet(
        "api.html.j2",
        title="For programs · Leadline",
        description="What programs can read from this site, as JSON.",
        json_ld={},
        version=leadline.__version__,
        context={
            "groups": outline.groups(description),
            "models": outline.models(description),
            "document": f"{api.PREFIX}/openapi.json",
        },
    )
    return site.printed(sheet, at="/api")
