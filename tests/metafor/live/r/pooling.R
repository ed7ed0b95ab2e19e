answers$pool <- function(d, o) {
  fit <- uni(d, o)
  alone <- fit$int.only && o$method != "EE" && fit$k > 1
  pi <- if (alone) predict(fit) else list(pi.lb = NA, pi.ub = NA)
  c(wald(fit), list(
    k = fit$k, p = fit$p, dfs = if (is.null(fit$dfs) || all(is.na(fit$dfs))) NA else fit$dfs[1], tau2 = fit$tau2, se_tau2 = fit$se.tau2,
    QE = fit$QE, QEp = fit$QEp, QM = fit$QM, QMp = fit$QMp, I2 = if (fit$k > fit$p) fit$I2 else NA, H2 = if (fit$k > fit$p) fit$H2 else NA,
    R2 = if (is.null(fit$R2)) NA else fit$R2, ll_ML = fit$fit.stats["ll", "ML"], ll_REML = fit$fit.stats["ll", "REML"],
    AIC = fit$fit.stats["AIC", "ML"], AICc = fit$fit.stats["AICc", "ML"], BIC = fit$fit.stats["BIC", "ML"], vcov = c(vcov(fit)),
    pi_lb = pi$pi.lb, pi_ub = pi$pi.ub))
}

answers$tau2_interval <- function(d, o) {
  fit <- uni(d, o)
  top <- 1e6 * max(var(d$yi), max(d$vi))
  found <- confint(fit, type = o$kind, level = 100 * o$level, control = list(tol = 1e-13 * median(d$vi), maxiter = 1e4, tau2.max = top))
  m <- found$random
  list(tau2 = m["tau^2", ], tau = m["tau", ], I2 = m["I^2(%)", ], H2 = m["H^2", ], top = top, null = found$ci.null)
}

answers$permutation_test <- function(d, o) {
  found <- permutest(uni(d, o), exact = TRUE, progbar = FALSE)
  list(pval = found$pval, QMp = found$QMp, iterations = found$X.iter)
}

answers$location_scale <- function(d, o) {
  scale <- as.formula(paste("~", paste(unlist(o$scale), collapse = " + ")))
  fits <- list()
  for (optimizer in c("nlminb", "BFGS", "Nelder-Mead")) {
    given <- list(yi = d$yi, vi = d$vi, data = d, method = o$method, scale = scale, level = 100 * o$level,
                  control = list(optimizer = if (optimizer == "nlminb") optimizer else "optim", optmethod = optimizer))
    if (!is.null(f <- formula_of(o))) given$mods <- f
    fits[[optimizer]] <- tryCatch(do.call(rma, given), error = function(e) NULL)
  }
  fits <- Filter(Negate(is.null), fits)
  if (length(fits) == 0) stop("no optimizer converges")
  fit <- fits[[which.max(sapply(fits, function(f) f$fit.stats["ll", o$method]))]]
  c(wald(fit), list(alpha = c(fit$alpha), se_alpha = fit$se.alpha, zval_alpha = fit$zval.alpha, pval_alpha = fit$pval.alpha,
    tau2 = fit$tau2, ll_ML = fit$fit.stats["ll", "ML"], ll_REML = fit$fit.stats["ll", "REML"]))
}

# Of all subsets, those that hold a row or not are the digits of their number.
answers$gosh <- function(d, o) {
  k <- nrow(d)
  sets <- as.matrix(expand.grid(rep(list(c(FALSE, TRUE)), k)))[-1, , drop = FALSE]
  found <- t(apply(sets, 1, function(s) {
    fit <- uni(d[s, ], o)
    c(sum(2^(which(s) - 1)), fit$beta, fit$tau2, fit$I2, fit$QE, fit$k)
  }))
  found <- found[order(found[, 1]), , drop = FALSE]
  list(set = found[, 1], estimate = found[, 2], tau2 = found[, 3], I2 = ifelse(found[, 6] > 1, found[, 4], NA), Q = found[, 5])
}

fields <- function(x, names) setNames(lapply(names, function(n) as.numeric(x[[n]])), names)

answers$influence <- function(d, o) {
  fit <- uni(d, o)
  found <- influence(fit)
  inf <- found$inf
  list(rstudent = inf$rstudent, dffits = inf$dffits, cook_d = inf$cook.d, cov_r = inf$cov.r, tau2_del = inf$tau2.del, QE_del = inf$QE.del,
       hat = inf$hat, weight = inf$weight, dfbs = c(t(as.matrix(as.data.frame(found$dfbs)))), is_infl = found$is.infl)
}
answers$rstandard <- function(d, o) { r <- rstandard(uni(d, o)); list(resid = r$resid, se = r$se, z = r$z) }
answers$rstudent <- function(d, o) { r <- rstudent(uni(d, o)); list(resid = r$resid, se = r$se, z = r$z) }
answers$blup <- function(d, o) { r <- blup(uni(d, o), level = 100 * o$level); list(pred = r$pred, se = r$se, pi_lb = r$pi.lb, pi_ub = r$pi.ub) }
answers$weights <- function(d, o) list(weights = weights(uni(d, o)))
answers$baujat <- function(d, o) {
  fit <- uni(d, o)
  pdf(NULL); on.exit(dev.off())
  r <- baujat(fit)
  list(x = r$x[order(r$ids)], y = r$y[order(r$ids)])
}

refits <- function(r) list(
  estimate = r$estimate, se = r$se, zval = r$zval, pval = r$pval, ci_lb = r$ci.lb, ci_ub = r$ci.ub, Q = r$Q, Qp = r$Qp, tau2 = r$tau2, I2 = r$I2, H2 = r$H2)
answers$leave_one_out <- function(d, o) refits(leave1out(uni(d, o)))
answers$cumulative <- function(d, o) refits(cumul(uni(d, o), order = d$year))
