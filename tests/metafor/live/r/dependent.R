nested <- function(d, o) {
  V <- d$vi
  if (!is.null(o$rho)) {
    s <- sqrt(d$vi)
    V <- outer(s, s) * o$rho * outer(d$cluster, d$cluster, "==")
    diag(V) <- d$vi
  }
  d$row <- seq_len(nrow(d))
  random <- switch(o$inner, none = ~ 1 | cluster, rows = ~ 1 | cluster / row, given = ~ 1 | cluster / lab)
  given <- list(yi = d$yi, V = V, random = random, data = d, method = o$method, test = o$test, level = 100 * o$level)
  if (!is.null(f <- formula_of(o))) given$mods <- f
  best <- NULL
  for (optimizer in c("nlminb", "BFGS")) {
    given$control <- list(optimizer = if (optimizer == "BFGS") "optim" else optimizer)
    if (optimizer == "nlminb") given$control <- c(given$control, list(rel.tol = 1e-14, x.tol = 1e-14, eval.max = 1e4, iter.max = 1e4))
    else given$control <- c(given$control, list(optmethod = "BFGS", reltol = 1e-15, maxit = 1e4))
    fit <- tryCatch(do.call(rma.mv, given), error = function(e) e)
    if (!inherits(fit, "error") && (is.null(best) || fit$fit.stats["ll", o$method] > best$fit.stats["ll", o$method])) best <- fit
  }
  if (is.null(best)) stop(fit)
  best
}

answers$multilevel <- function(d, o) {
  fit <- nested(d, o)
  c(wald(fit), list(sigma2 = fit$sigma2, s_levels = fit$s.nlevels, QE = fit$QE, QEp = fit$QEp, QM = fit$QM, QMp = fit$QMp,
    ll_ML = fit$fit.stats["ll", "ML"], ll_REML = fit$fit.stats["ll", "REML"], vcov = c(vcov(fit))))
}

answers$profile_interval <- function(d, o) {
  fit <- nested(d, o)
  found <- confint(fit, sigma2 = o$which + 1, level = 100 * o$level, control = list(tol = 1e-10))
  list(sigma2 = if (identical(found$ub.sign, ">")) NA * found$random[1, ] else found$random[1, ])
}

sandwich_of <- function(fit, cluster, o) {
  V <- clubSandwich::vcovCR(fit, cluster = cluster, type = o$vcov)
  tests <- clubSandwich::coef_test(fit, vcov = V, test = "Satterthwaite")
  df <- if ("df_Satt" %in% names(tests)) tests$df_Satt else tests$df
  p <- if ("p_Satt" %in% names(tests)) tests$p_Satt else tests$p
  names <- rownames(fit$beta)
  tested <- which(names != "intrcpt"); if (length(tested) == 0) tested <- 1
  joint <- clubSandwich::Wald_test(fit, constraints = clubSandwich::constrain_zero(tested), vcov = V, test = "HTZ")
  list(se = sqrt(diag(V)), df = df, pval = p, Fstat = joint$Fstat, df_denom = joint$df_denom, Fp = joint$p_val)
}
answers$robust_multilevel <- function(d, o) { f <- nested(d, o); c(list(sigma2 = f$sigma2), sandwich_of(f, d$cluster, o)) }
answers$robust_pool <- function(d, o) { f <- uni(d, o); c(list(tau2 = f$tau2), sandwich_of(f, d$cluster, o)) }
answers$robust_metafor <- function(d, o) {
  f <- uni(d, o)
  r <- robust(f, cluster = d$cluster, adjust = o$vcov == "CR1p")
  list(tau2 = f$tau2, se = r$se, tstat = r$zval, pval = r$pval, ci_lb = r$ci.lb, ci_ub = r$ci.ub, Fstat = r$QM, Fp = r$QMp, df = rep(r$dfs[1], length(r$se)))
}
