"""Size and power of every kind on a thousand worlds, as docs/calibration.md shows them."""

import pytest

from leadline.calibration import planted
from leadline.calibration.assemble import assembled
from leadline.calibration.designs import MUST_SEE, designs
from leadline.calibration.habits import HABITS
from leadline.calibration.jobs import SIZE_WORLDS, Job, OnPanel, jobs
from leadline.calibration.looks import look_of
from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import bounds, rate

pytestmark = pytest.mark.slow


def found(job, n):
    return [job.look(number) for number in range(n)]


def of(part, name, world):
    return next(job for job in jobs((part,)) if (job.name, job.world) == (name, world))


@pytest.mark.parametrize("world", [world.name for world in SIZE_WORLDS])
@pytest.mark.parametrize("name", designs())
def test_false_alarms_stay_within_the_99_percent_bound_of_their_level(name, world):
    rows = {of("sizes", name, where): 1000 for where in dict.fromkeys(("iid", world))}
    cells = assembled({job: found(job, n) for job, n in rows.items()}).sizes
    cell = next(cell for cell in cells if cell.world == world)
    assert cell.state in {"keeps", "caveated", "true"}, cell


@pytest.mark.parametrize("kind", MUST_SEE)
def test_a_truth_is_mostly_found(kind):
    test, world, n_obs = MUST_SEE[kind]
    look = OnPanel(look_of(test), world, kind, n_obs)
    p = [look(number).p for number in range(100)]
    # The 99 % binomial bound of what is found in half of all histories.
    assert rate(p).k >= bounds(100, 0.5)[0]


@pytest.mark.parametrize("world", ["shared volatility", "no lead"])
def test_resampling_each_series_by_itself_fails(world):
    look = OnPanel(
        HABITS["each series resampled by itself, days 1-100"], NULL_WORLDS[world], "habit"
    )
    assert not rate([look(number).p for number in range(300)]).is_not_above


@pytest.mark.parametrize(
    ("name", "world"), planted.CASES, ids=lambda case: getattr(case, "name", case)
)
def test_what_the_power_curve_promises_is_found(name, world):
    job = Job(
        "planted",
        name,
        f"{world.name}, 10 years",
        100,
        OnPanel(planted.planting(name), world, name),
        "",
    )
    (discovery,) = assembled({job: found(job, 100)}).discoveries
    assert discovery.keeps_its_word, discovery
