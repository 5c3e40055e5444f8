"""Logistic fits and their clustered errors: another library's, obvious loops, and refusals that name the column."""

import numpy as np
import pytest
from scipy.optimize import minimize

from stats.clustering import OneCluster, Way, robust
from stats.logistic import Collinear, Design, NoRows, NoVariance, OneClass, Separated, Unfittable, fit, separation
from stats.sufficiency import InsufficientData


def design_of(n: int = 300, seed: int = 4, *, ties: bool = True, weights: bool = True) -> tuple[Design, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 25, n)
    x = rng.normal(size=(n, 2))
    liking = rng.normal(size=25)[codes]
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.3 + x[:, 0] + (liking - 0.5) * x[:, 1])))).astype(float)
    if ties:
        y[rng.random(n) < 0.15] = 0.5
    weight = rng.uniform(0.2, 2, n) if weights else None
    return Design.of({"constant": np.ones(n), "a": x[:, 0], "b": x[:, 1]}, y, weight), codes


def test_the_coefficients_are_the_best_that_scipy_finds() -> None:
    design, _ = design_of()

    def loss(b: np.ndarray) -> float:
        eta = design.x @ b
        return float(-design.weight @ (design.y * eta - np.logaddexp(0, eta)))

    assert fit(design).coefficients == pytest.approx(minimize(loss, np.zeros(3), tol=1e-10).x, abs=1e-4)


def test_a_tie_is_half_a_win_for_either_side() -> None:
    design, _ = design_of(weights=False)
    tied = design.y == 0.5
    twice = Design(
        design.names,
        np.vstack([design.x, design.x[tied]]),
        np.concatenate([np.where(tied, 1.0, design.y), np.zeros(tied.sum())]),
        np.concatenate([np.where(tied, 0.5, 1.0), np.full(tied.sum(), 0.5)]),
    )
    assert fit(design).coefficients == pytest.approx(fit(twice).coefficients, abs=1e-9)


def test_fit_and_clustered_errors_are_statsmodels() -> None:
    api = pytest.importorskip("statsmodels.api")
    design, codes = design_of(ties=False, weights=False)
    theirs = api.Logit(design.y, design.x).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False}
    )
    fitted = fit(design)
    assert fitted.coefficients == pytest.approx(theirs.params, abs=1e-7)
    ours = robust(design, fitted, [Way("people", codes)], jackknife=False)
    assert ours.covariance == pytest.approx(theirs.cov_params(), rel=1e-5)


def test_the_errors_are_those_of_an_obvious_loop_over_clusters() -> None:
    design, codes = design_of()
    fitted = fit(design)
    information = np.linalg.inv(fitted.inverse)
    plain, left_out = np.zeros((3, 3)), np.zeros((3, 3))
    for code in range(25):
        mine = codes == code
        x, p = design.x[mine], fitted.chance[mine]
        score = x.T @ (design.weight[mine] * (design.y[mine] - p))
        own = (x * (design.weight[mine] * p * (1 - p))[:, None]).T @ x
        plain += np.outer(fitted.inverse @ score, fitted.inverse @ score)
        moved = np.linalg.inv(information - own) @ score
        left_out += 24 / 25 * np.outer(moved, moved)
    way = Way("people", codes)
    assert robust(design, fitted, [way], jackknife=False).covariance == pytest.approx(plain)
    assert robust(design, fitted, [way]).covariance == pytest.approx(left_out)


def test_leaving_out_is_close_to_fitting_anew_without() -> None:
    design, codes = design_of()
    fitted = fit(design)
    anew = np.array([fit(design.where(codes != code)).coefficients for code in range(25)])
    slow = 24 / 25 * (anew - fitted.coefficients).T @ (anew - fitted.coefficients)
    assert np.diag(robust(design, fitted, [Way("people", codes)]).covariance) == pytest.approx(np.diag(slow), rel=0.05)


def test_two_ways_are_never_surer_than_one() -> None:
    design, codes = design_of()
    fitted = fit(design)
    others = np.random.default_rng(2).integers(0, 40, 300)
    alone = [robust(design, fitted, [Way("any", way)]).covariance for way in (codes, others)]
    both = robust(design, fitted, [Way("people", codes), Way("prompts", others)])
    greatest = max(alone, key=np.trace)
    assert np.linalg.eigvalsh(both.covariance - greatest).min() >= -1e-12
    assert both.clusters == (25, 40)
    finer = Way("prompts", np.arange(300))
    assert robust(design, fitted, [Way("people", codes), finer]).covariance == pytest.approx(alone[0])


def test_unequal_clusters_leave_fewer_degrees_of_freedom() -> None:
    design, _ = design_of(weights=False)
    fitted = fit(design)
    equal = robust(design, fitted, [Way("people", np.arange(300) % 30)])
    lopsided = np.minimum(np.arange(300), 30)
    assert equal.freedom == pytest.approx(29)
    assert robust(design, fitted, [Way("people", lopsided)]).freedom < 3


def test_a_ridge_pulls_coefficients_toward_none_and_lets_the_constant_go() -> None:
    design, _ = design_of()
    free, held = fit(design), fit(design, ridge=1e6)
    assert np.abs(held.coefficients[1:]).max() < 1e-3
    assert held.coefficients[0] == pytest.approx(fit(design.without(["a", "b"])).coefficients[0], abs=1e-3)
    assert np.abs(free.coefficients[1:]).min() > 0.2


def refused(columns: dict[str, np.ndarray], y: np.ndarray) -> Unfittable:
    with pytest.raises(Unfittable) as found:
        fit(Design.of(columns, y))
    return found.value


def test_each_way_of_having_no_coefficients_names_its_columns() -> None:
    rng = np.random.default_rng(1)
    a, b, ones = rng.normal(size=80), rng.normal(size=80), np.ones(80)
    y = (rng.random(80) < 0.5).astype(float)
    assert isinstance(refused({"a": a[:0]}, y[:0]), NoRows)
    assert isinstance(refused({"constant": ones, "a": a}, ones), OneClass)
    assert isinstance(refused({"a": a}, ones / 2), OneClass)
    for idle in ({"a": a, "idle": 0 * a}, {"constant": ones, "a": a, "idle": 3 * ones}):
        found = refused(idle, y)
        assert (type(found), found.columns) == (NoVariance, ("idle",))
    found = refused({"a": a, "b": b, "copy": 2 * a}, y)
    assert (type(found), found.columns) == (Collinear, ("a", "copy"))


def test_separation_is_proven_and_its_columns_named() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=200), rng.choice([-1.0, 0, 0, 0, 0, 0, 1], 200)
    y = (rng.random(200) < 0.5).astype(float)
    part = refused({"a": a, "b": b}, np.where(b == 0, y, b > 0))
    assert isinstance(part, Separated)
    assert (part.blamed, part.columns) == (("b",), ("b",))
    whole = refused({"a": a, "b": b}, (a > 0).astype(float))
    assert isinstance(whole, Separated)
    assert (whole.blamed, set(whole.columns)) == (("a",), {"a", "b"})
    together = refused({"a": a, "b": b}, (a + b > 0).astype(float))
    assert isinstance(together, Separated)
    assert set(together.blamed) == {"a", "b"}
    strong = Design.of({"a": 40 * a, "b": b}, np.where(np.arange(200) == 3, a < 0, a > 0).astype(float))
    assert separation(strong) == ((), ())
    assert np.isfinite(fit(strong).coefficients).all()


def test_without_a_constant_the_first_may_always_win() -> None:
    """As in files of chosen and rejected, where which is the first means nothing."""
    design, _ = design_of(weights=False, ties=False)
    sign = np.where(design.y == 1, 1.0, -1.0)[:, None]
    turned = Design(design.names[1:], design.x[:, 1:] * sign, np.ones(300), design.weight)
    assert fit(turned).coefficients == pytest.approx(fit(design.without(["constant"])).coefficients)


def test_what_rests_on_one_cluster_or_too_few_has_no_error() -> None:
    rng = np.random.default_rng(6)
    codes = np.arange(100) % 10
    b = np.where(codes == 7, rng.normal(size=100), 0)
    design = Design.of({"a": rng.normal(size=100), "b": b}, (rng.random(100) < 0.5).astype(float))
    with pytest.raises(OneCluster) as one:
        robust(design, fit(design), [Way("people", codes)])
    assert one.value.columns == ("b",)
    with pytest.raises(InsufficientData, match="about 1 more people"):
        robust(design, fit(design), [Way("people", codes % 2)])


def test_what_is_not_a_number_is_refused() -> None:
    for columns, y, weight in (
        ({"a": np.array([1, np.nan])}, [0, 1], None),
        ({"a": np.ones(2)}, [0, 2], None),
        ({"a": np.ones(2)}, [0, 1], np.array([1.0, -1])),
    ):
        with pytest.raises(ValueError, match=r"finite|between"):
            Design.of(columns, np.array(y, dtype=float), weight)
