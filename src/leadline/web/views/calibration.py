"""How often the instrument is wrong: the calibration that comes with this version."""

from leadline.calibration import Calibration, published
from leadline.calibration import page as calibration_page
from leadline.calibration.document import dumps
from leadline.report import words
from leadline.report.files import Origin
from leadline.web import downloads, site
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf

AT = "/calibration"


@page(AT)
def calibration(shelf: Shelf) -> Printed:
    """Print the calibration."""
    del shelf
    sheet = calibration_page.sheet(published())
    return site.printed(sheet, at=AT, files=downloads.links(AT))


@page(f"{AT}/{{figure}}.{{form}}", query=("dark",))
def figure(shelf: Shelf, figure: str, form: str, dark: str) -> Printed | None:
    """Give a figure of the calibration as a file, or the whole of it."""
    del shelf
    found = published()
    if (figure, form) == ("calibration", "json"):
        return Printed(dumps(found).encode(), "application/json", "calibration.json")
    shown = {each.name: each for each in calibration_page.exhibits(found)}
    return downloads.printed(shown, figure, form, _origin(found), dark=dark)


def _origin(found: Calibration) -> Origin:
    about = {"leadline": found.leadline, "day": found.day, "seed": found.seed}
    says = (
        ("Calibration of Leadline", found.leadline),
        ("Measured until", words.day(found.day)),
        ("Seed", str(found.seed)),
    )
    return Origin(about, says)
