"""Who may import whom, where import-linter would need a list (the rest is in pyproject.toml)."""

from itertools import permutations

import grimp
import pytest

from leadline.evidence import kinds


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("leadline", cache_dir=None)


def test_kinds_of_test_do_not_import_one_another(graph):
    homes = sorted({kind.__module__ for kind in kinds().values()})
    for one, other in permutations(homes, 2):
        assert graph.find_shortest_chain(one, other) is None
