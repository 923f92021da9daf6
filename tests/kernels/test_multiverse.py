import numpy as np
import pytest

from leadline.kernels.multiverse import joint


def test_joint_agrees_with_its_plain_twin():
    rng = np.random.default_rng(1)
    null = rng.standard_normal((400, 7)) * np.arange(1, 8) + np.arange(7)
    observed = np.arange(7) + np.array([2.0, -1.0, 6.0, 3.0, 0.0, 9.0, 1.0])
    found = joint(observed, null, band=0.8)

    columns = range(7)
    z = [(observed[k] - null[:, k].mean()) / null[:, k].std() for k in columns]
    drawn = np.array([(null[:, k] - null[:, k].mean()) / null[:, k].std() for k in columns]).T
    own = [np.quantile(drawn[:, k], 0.95) for k in columns]
    share = sum(z[k] > own[k] for k in columns) / 7
    shares = [sum(row[k] > own[k] for k in columns) / 7 for row in drawn]
    medians = [np.median(row) for row in drawn]
    np.testing.assert_allclose(found.z, z, rtol=1e-12)
    assert found.median == pytest.approx(np.median(z), rel=1e-12)
    assert found.p == (1 + sum(m >= np.median(z) for m in medians)) / 401
    assert found.share_significant == pytest.approx(share)
    assert found.p_share == (1 + sum(s >= share for s in shares)) / 401
    ordered = np.sort(drawn, axis=1)
    np.testing.assert_allclose(found.null_low, np.quantile(ordered, 0.1, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.null_high, np.quantile(ordered, 0.9, axis=0), rtol=1e-12)


def test_one_specification_is_its_own_p_value():
    null = np.random.default_rng(2).standard_normal((99, 1))
    found = joint(np.array([1.5]), null)
    assert found.p == (1 + np.sum(null >= 1.5)) / 100


def test_specifications_may_have_any_scale():
    rng = np.random.default_rng(3)
    null, observed = rng.standard_normal((300, 5)), rng.standard_normal(5)
    scale, shift = np.array([1e-6, 1.0, 1e6, 3.0, 50.0]), np.array([0.0, 5.0, -1e6, 2.0, 9.0])
    plain, scaled = joint(observed, null), joint(observed * scale + shift, null * scale + shift)
    assert scaled.p == plain.p
    np.testing.assert_allclose(scaled.z, plain.z, rtol=1e-8)


def test_many_copies_of_one_specification_count_once():
    """Near duplicates must not make a median look surer than one of them."""
    rng = np.random.default_rng(4)
    null = np.repeat(rng.standard_normal((999, 1)), 40, axis=1)
    found = joint(np.full(40, 1.2), null)
    assert found.p == pytest.approx(0.115, abs=0.04)


def test_a_specification_that_cannot_vary_has_no_say():
    null = np.column_stack((np.zeros(200), np.random.default_rng(5).standard_normal(200)))
    found = joint(np.array([0.0, 2.0]), null)
    assert np.isfinite(found.z).all()
    assert found.z[0] == 0.0
