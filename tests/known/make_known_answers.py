"""Write down what other programs say of public data: ``python tests/known/make_known_answers.py``.

Data: the flow of the Nile 1871-1970 (Cobb 1978) and US quarterly macroeconomic series 1959-2009
(FRED), both in the public domain as distributed with statsmodels. Answers: statsmodels and arch,
in the versions that the file names.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FILE = HERE / "answers.json"
LAGS = 12


def answers():
    """Run the other programs."""
    from arch.bootstrap import optimal_block_length
    from statsmodels.datasets import macrodata, nile
    from statsmodels.tsa.ar_model import AutoReg, ar_select_order
    from statsmodels.tsa.stattools import ccf

    macro = macrodata.load_pandas().data
    output = 100 * np.diff(np.log(macro["realgdp"].to_numpy()))
    unemployment = np.diff(macro["unemp"].to_numpy())
    flow = nile.load_pandas().data["volume"].to_numpy()
    centred = output - output.mean()
    order = ar_select_order(centred, LAGS, ic="bic", trend="n", hold_back=LAGS).ar_lags or []
    fit = AutoReg(centred, len(order), trend="n", hold_back=LAGS).fit()
    before = ccf(output, unemployment, adjusted=False, nlags=LAGS + 1)
    after = ccf(unemployment, output, adjusted=False, nlags=LAGS + 1)
    return {
        "made_by": {name: version(name) for name in ("statsmodels", "arch", "numpy")},
        "nile": flow.tolist(),
        "output": output.tolist(),
        "unemployment": unemployment.tolist(),
        "ccf_output_leads_unemployment": {
            "lags": list(range(-LAGS, LAGS + 1)),
            "r": [*before[:0:-1].tolist(), *after.tolist()],
        },
        "ar_bic_of_output": fit.params.tolist(),
        "block_length": {
            name: float(optimal_block_length(x)["stationary"].iloc[0])
            for name, x in (("nile", flow), ("output", output), ("unemployment", unemployment))
        },
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(answers(), indent=1) + "\n", encoding="utf-8")
