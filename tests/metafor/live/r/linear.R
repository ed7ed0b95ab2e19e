answers$linear <- function(d, o) {
  f <- if (is.null(formula_of(o))) ~ 1 else formula_of(o)
  given <- list(formula = update(f, yi ~ .), data = d)
  if (isTRUE(o$weights)) given$weights <- d$ni
  m <- do.call(lm, given)
  s <- summary(m)
  X <- model.matrix(m); w <- if (isTRUE(o$weights)) d$ni else rep(1, nrow(d)); e <- resid(m); k <- nrow(X); p <- ncol(X)
  bread <- solve(crossprod(X * sqrt(w)))
  h <- w * rowSums((X %*% bread) * X)
  u <- w * e^2 * w
  meat <- switch(o$vcov, classical = NULL, HC0 = u, HC1 = u * k / (k - p), HC2 = u / (1 - h), HC3 = u / (1 - h)^2)
  se <- if (is.null(meat)) s$coefficients[, 2] else sqrt(diag(bread %*% crossprod(X * sqrt(meat)) %*% bread))
  list(coef = coef(m), se = se, r2 = s$r.squared, adj_r2 = s$adj.r.squared, F = if (p > 1) s$fstatistic[[1]] else NA, sigma = s$sigma,
       ll = as.numeric(logLik(m)), AIC = AIC(m))
}
answers$spline_test <- function(d, o) {
  a <- lm(yi ~ x, data = d); b <- lm(yi ~ splines::ns(x, df = o$df), data = d)
  t <- anova(a, b)
  list(F = t$F[2], p = t[["Pr(>F)"]][2], AIC_linear = AIC(a), AIC_spline = AIC(b))
}
answers$mixed <- function(d, o) {
  rhs <- if (is.null(formula_of(o))) "1" else paste(unlist(o$mods), collapse = "+")
  m <- lme4::lmer(as.formula(paste("yi ~", rhs, "+ (1 | cluster)")), data = d, REML = o$method == "REML",
                  control = lme4::lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14, xtol_rel = 1e-14, ftol_rel = 1e-15, maxeval = 1e5), calc.derivs = FALSE))
  list(coef = lme4::fixef(m), se = sqrt(diag(as.matrix(vcov(m)))), sd_cluster = attr(lme4::VarCorr(m)$cluster, "stddev"), sigma = sigma(m), ll = as.numeric(logLik(m)))
}
answers$quantile_regression <- function(d, o) {
  f <- if (is.null(formula_of(o))) ~ 1 else formula_of(o)
  m <- suppressWarnings(quantreg::rq(update(f, yi ~ .), tau = o$tau, data = d, method = "br"))
  list(coef = coef(m), objective = sum(ifelse(resid(m) >= 0, o$tau * resid(m), (o$tau - 1) * resid(m))))
}
