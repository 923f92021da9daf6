"""A condition can stand only where what is asked makes sense of it."""

import pytest
from evidence.quick import a_test, beside, heard, market

from leadline.errors import ClaimError
from leadline.evidence import kinds
from leadline.evidence.relation import RelationTest

RELATIONS = {name: kind for name, kind in kinds().items() if issubclass(kind, RelationTest)}


def _with_a_flag(name):
    series = beside(*market(900))
    return series | {name: series["strong"].rename(name)}


@pytest.mark.parametrize("kind", [k for k, v in RELATIONS.items() if not v.state_follower])
def test_a_condition_is_no_follower_of_what_asks_for_returns(kind):
    with pytest.raises(ClaimError, match="follower is a condition, which holds or not"):
        heard(a_test(kind), _with_a_flag("follower"))


@pytest.mark.parametrize("kind", [k for k, v in RELATIONS.items() if not v.state_leader])
def test_a_condition_is_no_leader_of_what_asks_for_moves(kind):
    with pytest.raises(ClaimError, match="leader is a condition, which holds or not"):
        heard(a_test(kind), _with_a_flag("leader"))
