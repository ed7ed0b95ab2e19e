answers$regtest <- function(d, o) {
  if (o$model == "lm") {
    found <- regtest(d$yi, d$vi, ni = d$ni, model = "lm", predictor = o$predictor, level = 100 * o$level, ret.fit = TRUE)
    s <- summary(found$fit)$coefficients
    coef <- s[, 1]; se <- s[, 2]; tau2 <- NA
  } else {
    fit <- uni(d, o)
    fit$ni <- d$ni; attr(fit$yi, "ni") <- d$ni
    found <- regtest(fit, model = "rma", predictor = o$predictor, level = 100 * o$level, ret.fit = TRUE)
    coef <- c(found$fit$beta); se <- found$fit$se; tau2 <- found$fit$tau2
  }
  list(stat = found$zval, pval = found$pval, df = if (is.null(found$dfs) || is.na(found$dfs)) NA else found$dfs,
       limit_est = if (is.null(found$est)) NA else found$est, limit_ci_lb = if (is.null(found$ci.lb)) NA else found$ci.lb,
       limit_ci_ub = if (is.null(found$ci.ub)) NA else found$ci.ub, coef = coef, se = se, tau2 = tau2)
}

answers$ranktest <- function(d, o) { r <- ranktest(d$yi, d$vi); list(tau = r$tau, pval = r$pval) }
answers$ranktest_n <- function(d, o) { r <- cor.test(d$yi, d$ni, method = "kendall", exact = nrow(d) <= 500); list(tau = r$estimate, pval = r$p.value) }

answers$trimfill <- function(d, o) {
  fit <- uni(d, o)
  r <- trimfill(fit, estimator = o$estimator, side = if (o$side == "auto") NULL else o$side)
  new <- r$fill
  # metafor fits the filled data by its default threshold: here they are fitted again
  again <- uni(data.frame(yi = c(r$yi), vi = r$vi), o)
  list(k0 = r$k0, se_k0 = r$se.k0, p_k0 = if (is.null(r$p.k0)) NA else r$p.k0, side = r$side, k = r$k, estimate = again$beta, se = again$se,
       pval = again$pval, ci_lb = again$ci.lb, ci_ub = again$ci.ub, tau2 = again$tau2, I2 = again$I2, QE = again$QE,
       yi_filled = sort(c(r$yi)[new]), vi_filled = sort(r$vi[new]))
}

answers$fail_safe_n <- function(d, o) {
  given <- list(d$yi, d$vi, type = o$kind, alpha = o$alpha, weighted = isTRUE(o$weighted))
  if (!is.null(o$target)) given$target <- o$target
  r <- do.call(fsn, given)
  list(fsnum = r$fsnum, pval = r$pval, meanes = if (o$kind == "Rosenthal") NA else r$meanes)
}

answers$excess_significance <- function(d, o) {
  given <- list(d$yi, d$vi, H0 = o$h0, alternative = o$alternative, alpha = o$alpha, tes.alpha = o$tes_alpha, test = o$test, progbar = FALSE,
                theta = o$theta, tau2 = o$tau2)
  r <- do.call(tes, given[!sapply(given, is.null)])
  list(O = r$O, E = r$E, OEratio = r$OEratio, pval = r$pval, power = r$power, theta_lim = if (is.null(r$theta.lim)) NA else r$theta.lim[1])
}

answers$henmi_copas <- function(d, o) {
  r <- hc(rma(d$yi, d$vi, method = "DL", level = 100 * o$level))
  list(beta = r$beta, se = r$se, ci_lb = r$ci.lb, ci_ub = r$ci.ub, tau2 = r$tau2)
}

# Published formulae by lm: the radial plots of Rücker et al. (2011).
answers$limit_meta_rucker <- function(d, o) {
  fit <- uni(d, o)
  total <- sqrt(d$vi + fit$tau2); s <- sqrt(d$vi)
  radial <- coef(lm(I(d$yi / total) ~ I(1 / total)))
  beta0 <- radial[[2]] + sqrt(fit$tau2) * radial[[1]]
  se <- 1 / sqrt(sum((1 / s - mean(1 / s))^2))
  egger <- sum(resid(lm(I(d$yi / s) ~ I(1 / s)))^2)
  crit <- qnorm(1 - (1 - o$level) / 2)
  list(estimate = beta0, se = se, alpha = radial[[1]], beta = radial[[2]], ci_lb = beta0 - crit * se, ci_ub = beta0 + crit * se, tau2 = fit$tau2,
       limit_effects = radial[[2]] + sqrt(fit$tau2) * (d$yi - radial[[2]]) / total, Q = fit$QE, Q_resid = egger, Q_small = fit$QE - egger,
       Qp_resid = pchisq(egger, nrow(d) - 2, lower.tail = FALSE))
}

answers$pet_peese <- function(d, o) {
  s <- sqrt(d$vi)
  one <- function(f) { m <- summary(lm(f, weights = 1 / d$vi)); list(coef = m$coefficients[, 1], se = m$coefficients[, 2], pval = m$coefficients[, 4], sigma = m$sigma) }
  y <- d$yi; v <- d$vi
  list(UWLS = one(y ~ 1), PET = one(y ~ s), PEESE = one(y ~ v))
}

answers$selection_model <- function(d, o) {
  base <- list(yi = d$yi, vi = d$vi, data = d, method = o$method, level = 100 * o$level)
  if (!is.null(f <- formula_of(o))) base$mods <- f
  fit <- do.call(rma, base)
  given <- list(fit, type = o$type, alternative = o$alternative)
  if (!is.null(o$steps)) given$steps <- unlist(o$steps)
  if (!is.null(o$delta)) given$delta <- unlist(o$delta)
  if (!is.null(o$imprecision)) given$prec <- o$imprecision
  best <- NULL
  for (optimizer in if (o$type == "stepfun") c("nlminb", "BFGS") else "nlminb") {
    given$control <- list(optimizer = if (optimizer == "BFGS") "optim" else optimizer)
    found <- tryCatch(do.call(selmodel, given), error = function(e) NULL)
    if (!is.null(found) && (is.null(best) || found$fit.stats["ll", "ML"] > best$fit.stats["ll", "ML"])) best <- found
  }
  if (is.null(best)) stop("no optimizer converges")
  c(wald(best), list(tau2 = best$tau2, delta = best$delta, ll = best$fit.stats["ll", "ML"], LRT = best$LRT, LRTp = best$LRTp))
}
