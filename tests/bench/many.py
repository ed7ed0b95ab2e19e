"""The score test of the primary analysis of many literatures at once, by dense matrices: for simulations, and as a second way to the same figures.

Follows ``miner.meta.models`` step by step (the fit by quasi-Newton steps instead of Newton's); what does not converge, or is unusual, is left to the package itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.models.glmm import glmm
from miner.meta.models.glmm_fits import ZERO
from miner.meta.models.working_model import LEAST, _moments, working_model
from miner.meta.numerics.climb import QUICK
from miner.meta.numerics.quadrature import binomial, expit, marginal

Array = np.ndarray[Any, Any]
Objective = Callable[[Array, Array], tuple[Array, Array]]  # (which literatures, where) to likelihoods and gradients


@dataclass(frozen=True)
class Literatures:
    """Literatures with the same numbers of rows, papers and moderators; ``column`` is the place of the tested one."""

    x: Array
    n: Array
    matrix: Array
    cluster: Array
    column: int
    nested: bool

    @classmethod
    def of(cls, drawn: list[dict[str, Any]], tested: str = "log10_n") -> Literatures:
        k = len(drawn[0]["x"])
        made = [design(d["mods"], k) for d in drawn]
        nested = drawn[0]["cluster"] is not None
        cluster = np.array([d["cluster"] if nested else np.zeros(k, dtype=int) for d in drawn])
        x, n = (np.array([d[name] for d in drawn], dtype=float) for name in ("x", "n"))
        return cls(x, n, np.array([m for m, _ in made]), cluster, made[0][1].index(tested), nested)

    @property
    def papers(self) -> Array:
        """One column a paper, (R, k, m)."""
        return np.asarray((self.cluster[:, :, None] == np.arange(self.cluster.max() + 1)).astype(float))


def ascend(f: Objective, start: Array, inverse: Array, steps: int = 150) -> tuple[Array, Array, Array]:
    """Return the maxima, their heights, and which were reached, by quasi-Newton (BFGS) steps of each literature."""
    if not len(start):
        return start, np.zeros(0), np.zeros(0, dtype=bool)
    at, h = start.copy(), inverse.copy()
    value, g = f(np.arange(len(at)), at)
    reached = np.zeros(len(at), dtype=bool)
    for _ in range(steps):
        reached |= np.abs(g).max(axis=1) < 1e-7 * (1 + np.abs(value))
        go = np.flatnonzero(~reached)
        if not len(go):
            break
        move = np.einsum("rij,rj->ri", h[go], g[go])
        move *= np.minimum(1.0, 1.0 / np.abs(move).max(axis=1))[:, None]
        rise = np.einsum("ri,ri->r", move, g[go])
        move[rise <= 0] = g[go][rise <= 0] / (1 + np.abs(g[go][rise <= 0]).max(axis=1, keepdims=True))
        rise = np.einsum("ri,ri->r", move, g[go])
        step, left = np.ones(len(go)), np.arange(len(go))
        after, g_after = value[go].copy(), g[go].copy()
        moved = np.zeros(len(go), dtype=bool)
        for _ in range(30):
            which = go[left]
            v, d = f(which, at[which] + step[left, None] * move[left])
            good = v >= value[which] + 1e-4 * step[left] * rise[left] - 1e-13 * (np.abs(value[which]) + 1)
            after[left[good]], g_after[left[good]], moved[left[good]] = v[good], d[good], True
            left = left[~good]
            if not len(left):
                break
            step[left] /= 2
        reached[go[~moved]] = np.abs(g[go[~moved]]).max(axis=1, initial=0) < 1e-5
        stuck = go[~moved & ~reached[go]]
        h[stuck] = inverse[stuck]
        s, y = step[:, None] * move, g[go] - g_after
        sy = np.einsum("ri,ri->r", s, y)
        ok = moved & (sy > 1e-12)
        i = go[ok]
        rho = 1 / sy[ok]
        left_side = np.eye(at.shape[1]) - rho[:, None, None] * s[ok][:, :, None] * y[ok][:, None, :]
        h[i] = left_side @ h[i] @ left_side.transpose(0, 2, 1) + rho[:, None, None] * s[ok][:, :, None] * s[ok][:, None, :]
        at[go[moved]] += s[moved]
        value[go], g[go] = after, g_after
    return at, value, reached


class Fits:
    """Maximum likelihood of all literatures: ``beta`` and ``se`` (R, p), ``tau2``, ``sigma2`` (R,), and which are ``known``."""

    def __init__(self, data: Literatures) -> None:
        self.data = data
        self.size, self.k, self.p = data.matrix.shape
        self.basis, self.triangle = np.linalg.qr(data.matrix)
        self.z = data.papers
        const = binomial(data.x.ravel(), data.n.ravel()).const
        self.const = const.reshape(data.x.shape)
        self.beta, self.se = np.full((self.size, self.p), np.nan), np.full((self.size, self.p), np.nan)
        self.tau2, self.sigma2 = np.zeros(self.size), np.zeros(self.size)
        self.known = np.zeros(self.size, dtype=bool)
        self._fit()

    def _fit(self) -> None:
        every = np.flatnonzero([self._usual(i) for i in range(self.size)])
        flat, info, ll = self._logistic(every)
        sd = self._spread(every, flat)
        starts = [np.column_stack((flat, np.log(sd))), np.linalg.inv(info)]
        if not self.data.nested:
            self._rows(every, starts, 7, ll)
            return
        best = self._both(every, starts)
        none_rows, none_papers = np.exp(best[:, -1]) < ZERO, np.exp(best[:, -2]) < ZERO
        inside = ~(none_rows | none_papers)
        self._keep(every[inside], best[inside], self._objective(row=True), (True, True))
        alone = [s[none_rows] for s in starts]
        at, _, reached = self._one(every[none_rows], alone, self._objective(row=False))
        small = np.exp(at[:, -1]) < ZERO
        self._keep(every[none_rows][reached & ~small], at[reached & ~small], self._objective(row=False), (False, True))
        self._keep_flat(every[none_rows][small], flat[none_rows][small], info[none_rows][small])
        rest = none_papers & ~none_rows
        self._rows(every[rest], [s[rest] for s in starts], 1, ll[rest])

    def _usual(self, i: int) -> bool:
        x, n = self.data.x[i], self.data.n[i]
        between = (x > 0) & (x < n)
        return bool(between.any() and np.linalg.matrix_rank(self.data.matrix[i][between]) == self.p)

    def _logistic(self, of: Array) -> tuple[Array, Array, Array]:
        x, n, b = self.data.x[of], self.data.n[of], self.basis[of]
        beta = np.einsum("rkp,rk->rp", b, np.log((x + 0.5) / (n - x + 0.5)))
        for _ in range(50):
            p = expit(np.einsum("rkp,rp->rk", b, beta))
            info = np.einsum("rkp,rk,rkq->rpq", b, n * p * (1 - p), b)
            step = np.linalg.solve(info, np.einsum("rkp,rk->rp", b, x - n * p)[:, :, None])[:, :, 0]
            # Undamped steps overshoot where nearly all answers are right.
            beta = beta + step * np.minimum(1.0, 1.0 / np.maximum(np.abs(np.einsum("rkp,rp->rk", b, step)).max(axis=1), 1e-300))[:, None]
        eta = np.einsum("rkp,rp->rk", b, beta)
        return beta, info, (self.const[of] + x * eta - n * np.logaddexp(0, eta)).sum(axis=1)

    def _spread(self, of: Array, flat: Array) -> Array:
        x, n = self.data.x[of], self.data.n[of]
        eta = np.einsum("rkp,rp->rk", self.basis[of], flat)
        p = expit(eta)
        excess = np.median(np.abs(np.log((x + 0.5) / (n - x + 0.5)) - eta), axis=1) ** 2 * 2.2
        excess -= np.median(1 / np.maximum(n * p * (1 - p), 1e-3), axis=1)
        return np.asarray(np.sqrt(np.clip(excess, 0.01, 9.0)))

    def _rows(self, of: Array, starts: list[Array], nodes: int, ll: Array) -> None:
        """Fit effects of rows alone; none where the likelihood falls from a variance of zero on."""
        p = expit(np.einsum("rkp,rp->rk", self.basis[of], starts[0][:, : self.p]))
        x, n = self.data.x[of], self.data.n[of]
        none = np.sum((x - n * p) ** 2 - n * p * (1 - p), axis=1) <= 0
        f = self._quadrature(nodes)
        at, value, reached = self._one(of[~none], [s[~none] for s in starts], f)
        boundary = (np.exp(at[:, -1]) < 1e-4) | (value < ll[~none])
        good = reached & ~boundary
        self._keep(of[~none][good], at[good], f, (True, False))
        none[np.flatnonzero(~none)[boundary]] = True
        info = np.linalg.inv(starts[1])
        self._keep_flat(of[none], starts[0][none][:, : self.p], info[none])

    def _one(self, of: Array, starts: list[Array], f: Objective) -> tuple[Array, Array, Array]:
        """Fit one variance."""
        inverse = np.zeros((len(of), self.p + 1, self.p + 1))
        inverse[:, : self.p, : self.p], inverse[:, -1, -1] = starts[1], 1 / self.k
        return ascend(lambda which, at: f(of[which], at), starts[0], inverse)

    def _both(self, of: Array, starts: list[Array]) -> Array:
        """Fit both variances from up to three starts, as the package does."""
        f = self._objective(row=True)
        inverse = np.zeros((len(of), self.p + 2, self.p + 2))
        inverse[:, : self.p, : self.p], inverse[:, -1, -1], inverse[:, -2, -2] = starts[1], 1 / self.k, 1 / self.k
        best, height, left = np.zeros((len(of), self.p + 2)), np.full(len(of), -np.inf), np.arange(len(of))
        for share in (0.5, 0.9, 0.1):
            log_sd = starts[0][left, -1]
            start = np.column_stack((starts[0][left, :-1], log_sd + 0.5 * np.log(share), log_sd + 0.5 * np.log(1 - share)))
            at, value, reached = ascend(lambda which, at, left=left: f(of[left[which]], at), start, inverse[left])
            better = reached & (value > height[left] + 1e-8)
            best[left[better]], height[left[better]] = at[better], value[better]
            left = left[~(reached & (at[:, -2:].min(axis=1) > np.log(0.02)))]
            if not len(left):
                break
        return best

    def _keep(self, of: Array, at: Array, f: Objective, has: tuple[bool, bool]) -> None:
        if not len(of):
            return
        q = at.shape[1]
        hessian = np.stack([QUICK.slope(np.array([f(of, at + h * unit)[1] for h in QUICK.moves])) for unit in np.eye(q)], axis=1)
        vcov = np.linalg.inv(-(hessian + hessian.transpose(0, 2, 1)) / 2)
        self._store(of, at[:, : self.p], vcov[:, : self.p, : self.p])
        if has[0]:
            self.tau2[of] = np.exp(2 * at[:, -1])
        if has[1]:
            self.sigma2[of] = np.exp(2 * at[:, self.p])

    def _keep_flat(self, of: Array, beta: Array, info: Array) -> None:
        if len(of):
            self._store(of, beta, np.linalg.inv(info))

    def _store(self, of: Array, beta: Array, vcov: Array) -> None:
        back = np.linalg.inv(self.triangle[of])
        self.beta[of] = np.einsum("rij,rj->ri", back, beta)
        with np.errstate(invalid="ignore"):
            self.se[of] = np.sqrt(np.diagonal(back @ vcov @ back.transpose(0, 2, 1), axis1=1, axis2=2))
        self.known[of] = True

    def _quadrature(self, nodes: int) -> Objective:
        def f(of: Array, at: Array) -> tuple[Array, Array]:
            b, shape = self.basis[of], (len(of), self.k)
            sigma = np.exp(at[:, -1])
            flat = binomial(self.data.x[of].ravel(), self.data.n[of].ravel())
            eta = np.einsum("rkp,rp->rk", b, at[:, :-1])
            ll, d_eta, d_sigma = marginal(flat, eta.ravel(), np.repeat(sigma, self.k), nodes)
            gradient = np.einsum("rkp,rk->rp", b, d_eta.reshape(shape))
            return ll.reshape(shape).sum(axis=1), np.column_stack((gradient, sigma * d_sigma.reshape(shape).sum(axis=1)))

        return f

    def _objective(self, *, row: bool) -> Objective:
        def f(of: Array, at: Array) -> tuple[Array, Array]:
            return self._laplace(of, at, row)

        return f

    def _laplace(self, of: Array, at: Array, row: bool) -> tuple[Array, Array]:
        """Return Laplace's likelihood with effects of papers and, with ``row``, of rows, and its gradient."""
        x, n, basis, z, cluster, p = self.data.x[of], self.data.n[of], self.basis[of], self.z[of], self.data.cluster[of], self.p

        def total(a: Array) -> Array:
            return np.asarray((a[:, None, :] @ z)[:, 0, :])

        def spread(b: Array) -> Array:
            return np.take_along_axis(b, cluster, axis=1)

        sb = np.exp(at[:, p, None])
        su = np.exp(at[:, p + 1, None]) if row else np.zeros_like(sb)
        fixed = np.einsum("rkp,rp->rk", basis, at[:, :p])
        b, u = np.zeros((len(of), z.shape[2])), np.zeros_like(fixed)
        for _ in range(200):
            share = expit(fixed + sb * spread(b) + su * u)
            s, w = x - n * share, n * share * (1 - share)
            a = 1 + su**2 * w
            gu, gb, c = su * s - u, sb * total(s) - b, su * sb * w
            db = (gb - total(c * gu / a)) / (1 + sb**2 * total(w / a))
            du = (gu - c * spread(db)) / a
            move = np.abs(sb * spread(db) + su * du).max(axis=1, keepdims=True)
            damp = np.minimum(1.0, 4.0 / np.maximum(move, 1e-300))
            b, u = b + damp * db, u + damp * du
            if move.max() < 1e-12:
                break
        eta = fixed + sb * spread(b) + su * u
        share = expit(eta)
        s, w = x - n * share, n * share * (1 - share)
        dw, a = w * (1 - 2 * share), 1 + su**2 * w
        big = 1 + sb**2 * total(w / a)
        ll = np.sum(self.const[of] + x * eta - n * np.logaddexp(0, eta) - 0.5 * (u**2 + np.log(a)), axis=1) - 0.5 * np.sum(
            b**2 + np.log(big), axis=1
        )
        pull = 0.5 * dw * (su**2 / a + sb**2 / (spread(big) * a**2))

        def through(e: Array, g: Array | float) -> Array:
            db = (g - sb * total(w * e / a)) / big
            return np.asarray(np.sum(pull * (e + sb * spread(db)) / a, axis=1))

        grad = [np.sum(s * basis[:, :, j], axis=1) - through(basis[:, :, j], 0.0) for j in range(p)]
        own = spread(b)
        grad.append(sb[:, 0] * (np.sum(s * own, axis=1) - np.sum(sb * total(w / a) / big, axis=1) - through(own, total(s))))
        if row:
            inner = su * w / a - sb**2 * su * w**2 / a**2 / spread(big)
            grad.append(su[:, 0] * (np.sum(s * u, axis=1) - np.sum(inner, axis=1) - through(u + su * s, 0.0)))
        return ll, np.column_stack(grad)


def restricted(y: Array, v: Array, x: Array, parts: list[Array], start: Array) -> tuple[dict[str, Array], Array]:
    """Return the restricted maximum likelihood fits with V = diag(v) + sum of theta C, and which converged: average information steps, halved and projected."""

    def fit(of: Array, theta: Array) -> dict[str, Array]:
        cov = np.einsum("rk,kl->rkl", v[of], np.eye(v.shape[1])) + sum(theta[:, i, None, None] * c[of] for i, c in enumerate(parts))
        w = np.linalg.inv(cov)
        wx = w @ x[of]
        info = x[of].transpose(0, 2, 1) @ wx
        vcov = np.linalg.inv(info)
        p = w - wx @ vcov @ wx.transpose(0, 2, 1)
        py = np.einsum("rkl,rl->rk", p, y[of])
        rss = np.einsum("rk,rk->r", y[of], py)
        height = -0.5 * (np.linalg.slogdet(cov)[1] + np.linalg.slogdet(info)[1] + rss)
        return {"theta": theta, "w": w, "p": p, "py": py, "rss": rss, "height": height, "vcov": vcov}

    size = len(y)
    now = fit(np.arange(size), start.copy())
    scale = y.var(axis=1)
    settled = np.zeros(size, dtype=bool)
    for _ in range(200):
        go = np.flatnonzero(~settled)
        if not len(go):
            break
        cpy = np.stack([np.einsum("rkl,rl->rk", c[go], now["py"][go]) for c in parts], axis=2)
        traces = np.stack([np.einsum("rkl,rlk->r", now["p"][go], c[go]) for c in parts], axis=1)
        score = -0.5 * (traces - np.einsum("rk,rkc->rc", now["py"][go], cpy))
        info = 0.5 * cpy.transpose(0, 2, 1) @ now["p"][go] @ cpy
        theta = now["theta"][go]
        active = ~((theta <= 0) & (score <= 0))
        both = active[:, :, None] & active[:, None, :]
        block = np.where(both, info, np.where(np.eye(len(parts), dtype=bool) & ~both, 1.0, 0.0))
        block += 1e-12 * np.trace(block, axis1=1, axis2=2)[:, None, None] * np.eye(len(parts))
        step = np.where(active, np.linalg.solve(block, np.where(active, score, 0.0)[:, :, None])[:, :, 0], 0.0)
        left, done = np.arange(len(go)), ~active.any(axis=1)
        left = left[~done[left]]
        for power_ in range(40):
            if not len(left):
                break
            tried = np.maximum(theta[left] + step[left] * 0.5**power_, 0.0)
            still = (tried == theta[left]).all(axis=1)
            done[left[still]] = True
            trial = fit(go[left], tried)
            good = ~still & (trial["height"] >= now["height"][go[left]] - 1e-13 * (np.abs(now["height"][go[left]]) + 1))
            i = go[left[good]]
            moved = np.abs(tried[good] - now["theta"][i])
            for name, values in trial.items():
                now[name][i] = values[good]
            done[left[good]] = (moved <= 1e-13 * scale[i, None] + 1e-12 * now["theta"][i]).all(axis=1)
            left = left[~good & ~still]
        done[left] = True
        settled[go[done]] = True
    return now, settled


def scored(data: Literatures, fits: Fits) -> tuple[Array, Array, Array]:
    """Return t, degrees of freedom, and which are known, of the test of no slope."""
    x, n, k, p = data.x, data.n, fits.k, fits.p
    eta = np.einsum("rkp,rp->rk", data.matrix, fits.beta)
    variances = np.column_stack((fits.tau2, fits.sigma2))
    spread = np.maximum(variances.sum(axis=1), 1e-6)
    made = [_moments(e, float(s)) for e, s in zip(eta, np.sqrt(spread), strict=True)]
    share, slope, varied = (np.array([m[i] for m in made]) for i in range(3))
    scale = np.sqrt(varied / spread[:, None]) / slope
    v = 1 / (n * slope * scale**2)
    others = np.linalg.qr(np.delete(data.matrix, data.column, axis=2) / scale[:, :, None])[0]
    column = data.matrix[:, :, data.column] / scale
    y = (eta + (x / n - share) / slope) / scale
    parts = [np.broadcast_to(np.eye(k), (len(x), k, k))]
    if data.nested:
        parts.append(fits.z @ fits.z.transpose(0, 2, 1))
    start = np.maximum(variances[:, : len(parts)], 0.05 * np.maximum(spread, np.median(v, axis=1))[:, None])
    null, known = restricted(y, v, others, parts, start)
    free = k - p + 1
    pull = np.einsum("rkl,rl->rk", null["p"], column)
    information = np.einsum("rk,rk->r", column, pull)
    step = np.einsum("rk,rk->r", column, null["py"]) / information
    before, total = null["rss"] / free / information, np.full(len(x), float(free))
    if data.nested:
        total = _degrees(null, pull, information, free, parts[1])
    after = (total * before - step**2) / (total - 1)
    if data.nested:
        full, also = restricted(y, v, np.concatenate((others, column[:, :, None]), axis=2), parts, start)
        after, known = np.maximum(after, LEAST * full["vcov"][:, -1, -1] * full["rss"] / (k - p)), known & also
    return step / np.sqrt(np.maximum(after, 0.0)), total - 1, known


def _degrees(null: dict[str, Array], pull: Array, information: Array, free: int, c: Array) -> Array:
    """Return Satterthwaite's degrees of freedom from the scale of V and the variance between papers."""
    pc = null["p"] @ c
    one, two = np.trace(pc, axis1=1, axis2=2), np.einsum("rij,rji->r", pc, pc)
    on = np.einsum("rk,rkl,rl->r", pull, c, pull) / information
    determinant = free * two - one**2
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.maximum(determinant / (two - 2 * on * one + on**2 * free), 2.0)
    return np.asarray(np.where(determinant < 1e-9 * free * two, float(free), found))


def alone(drawn: dict[str, Any], tested: str) -> tuple[float, float]:
    """Return the p-values of Wald's z and of the score test by the package; what cannot be fitted or tested rejects nothing."""
    try:
        fit = glmm(drawn["x"], drawn["n"], drawn["mods"], cluster=drawn["cluster"])
        found = working_model(fit, drawn["x"], drawn["n"], drawn["mods"], tested, drawn["cluster"])(0.0)
    except MetaError:
        return 1.0, 1.0
    return float(fit.pval[fit.names.index(tested)]), float(np.nan_to_num(found.pval, nan=1.0))


def together(drawn: list[dict[str, Any]], tested: str = "log10_n") -> Array:
    """Return the same of many literatures, a row each."""
    out = np.ones((len(drawn), 2))
    fine = [i for i, d in enumerate(drawn) if _designed(d)]
    if fine:
        out[fine] = _together([drawn[i] for i in fine], tested)
    return out


def _designed(drawn: dict[str, Any]) -> bool:
    """Return whether the moderators can be told apart."""
    try:
        design(drawn["mods"], len(drawn["x"]))
    except MetaError:
        return False
    return True


def _together(drawn: list[dict[str, Any]], tested: str) -> Array:
    data = Literatures.of(drawn, tested)
    fits = Fits(data)
    with np.errstate(invalid="ignore"):
        z = fits.beta[:, data.column] / fits.se[:, data.column]
    fits.beta = np.nan_to_num(fits.beta)
    t, df, known = scored(data, fits)
    out = np.column_stack((2 * stats.norm.sf(np.abs(z)), 2 * stats.t.sf(np.abs(t), df)))
    for i in np.flatnonzero(~(known & fits.known & np.isfinite(out).all(axis=1))):
        out[i] = alone(drawn[int(i)], tested)
    return out
