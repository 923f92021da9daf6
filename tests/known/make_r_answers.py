"""Write down what R says: ``python tests/known/make_r_answers.py``, which needs R.

On Debian: ``apt-get install r-base-core r-cran-lmtest r-cran-sandwich r-cran-forecast
r-cran-strucchange``. The answers are kept, so that the tests do not need R.
"""

import json
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from known.inputs import markets

HERE = Path(__file__).parent
FILE = HERE / "r_answers.json"
SCRIPT = HERE / "reference.R"


def answers():
    """Run the script on the inputs."""
    given = markets()
    for state in ("rising", "booming"):
        given[state] = given[state].astype(int)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "markets.csv"
        given.to_csv(file, index_label="day", date_format="%Y-%m-%d", float_format="%.17g")
        command = [shutil.which("Rscript") or "Rscript", str(SCRIPT), str(file)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made_by, found = {"arch": version("arch")}, {}
    for line in said.splitlines():
        name, _, values = line.rpartition(",")
        if name == "version":
            package, number = values.split()
            made_by[package] = number
        else:
            found[name] = [float(value) for value in values.split()]
    return {"made_by": made_by, **found}


if __name__ == "__main__":
    FILE.write_text(json.dumps(answers()) + "\n", encoding="utf-8")
