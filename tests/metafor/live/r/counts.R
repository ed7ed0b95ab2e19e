answers$effect_sizes <- function(d, o) {
  r <- escalc(measure = o$measure, xi = d$xi, ni = d$ni, add = o$add, to = o$to)
  list(yi = c(r$yi), vi = r$vi)
}
answers$effect_sizes_arms <- function(d, o) {
  r <- escalc(measure = o$measure, ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, add = o$add, to = o$to)
  list(yi = c(r$yi), vi = r$vi)
}
answers$back_transform <- function(d, o) {
  x <- unlist(o$values)
  f <- switch(o$measure, PR = transf.exp.int <- function(v) pmin(pmax(v, 0), 1), PLN = function(v) pmin(exp(v), 1), PLO = transf.ilogit, PAS = transf.iarcsin,
              PFT = function(v) transf.ipft.hm(v, targs = list(ni = d$ni)))
  list(values = f(x))
}
answers$proportion_interval <- function(d, o) {
  x <- d$xi; n <- d$ni; a <- 1 - o$level
  m <- sapply(seq_along(x), function(i) switch(o$method,
    wilson = suppressWarnings(prop.test(x[i], n[i], conf.level = o$level, correct = FALSE))$conf.int,
    "clopper-pearson" = binom.test(x[i], n[i], conf.level = o$level)$conf.int,
    jeffreys = c(if (x[i] == 0) 0 else qbeta(a / 2, x[i] + .5, n[i] - x[i] + .5), if (x[i] == n[i]) 1 else qbeta(1 - a / 2, x[i] + .5, n[i] - x[i] + .5))))
  list(estimate = x / n, ci_lb = m[1, ], ci_ub = m[2, ])
}

glmm_fields <- function(fit) c(wald(fit), list(tau2 = fit$tau2, ll = fit$fit.stats["ll", "ML"], I2 = fit$I2, H2 = fit$H2, QE_Wld = fit$QE.Wld, QEp_Wld = fit$QEp.Wld,
  QE_LRT = fit$QE.LRT, QEp_LRT = fit$QEp.LRT, QE_df = fit$QE.df))
answers$glmm <- function(d, o) {
  given <- list(measure = "PLO", xi = d$xi, ni = d$ni, data = d, nAGQ = o$nAGQ, test = o$test, level = 100 * o$level)
  if (!is.null(f <- formula_of(o))) given$mods <- f
  glmm_fields(do.call(rma.glmm, given))
}
answers$logistic <- function(d, o) {
  f <- if (is.null(formula_of(o))) ~ 1 else formula_of(o)
  given <- list(formula = update(f, cbind(xi, ni - xi) ~ .), data = d, family = binomial, control = list(epsilon = 1e-14, maxit = 100))
  if (isTRUE(o$offset)) given$offset <- d$off
  m <- do.call(glm, given)
  s <- summary(m)$coefficients
  list(beta = s[, 1], se = s[, 2], zval = s[, 3], pval = s[, 4], ll = as.numeric(logLik(m)))
}
answers$glmm_clusters <- function(d, o) {
  d$row <- factor(seq_len(nrow(d)))
  rhs <- if (is.null(formula_of(o))) "1" else paste(unlist(o$mods), collapse = "+")
  random <- if (isTRUE(o$row)) "+ (1 | cluster) + (1 | row)" else "+ (1 | cluster)"
  best <- NULL
  for (optimizer in c("bobyqa", "Nelder_Mead")) {
    m <- tryCatch(lme4::glmer(as.formula(paste("cbind(xi, ni - xi) ~", rhs, random)), data = d, family = binomial,
      control = lme4::glmerControl(optimizer = optimizer, tolPwrss = 1e-12, optCtrl = if (optimizer == "bobyqa") list(maxfun = 1e5, rhoend = 1e-9) else list(maxfun = 1e5, FtolAbs = 1e-12, XtolRel = 1e-10))),
      error = function(e) NULL)
    if (!is.null(m) && (is.null(best) || logLik(m) > logLik(best))) best <- m
  }
  if (is.null(best)) stop("glmer fails")
  v <- lme4::VarCorr(best)
  list(beta = lme4::fixef(best), se = sqrt(diag(as.matrix(vcov(best)))), sigma2_cluster = as.numeric(v$cluster),
       tau2 = if (isTRUE(o$row)) as.numeric(v$row) else NA, ll = as.numeric(logLik(best)))
}

answers$mantel_haenszel <- function(d, o) {
  r <- rma.mh(measure = o$measure, ai = d$ai, bi = d$bi, ci = d$ci, di = d$di, level = 100 * o$level, drop00 = unlist(o$drop00))
  list(k = r$k, beta = r$beta, se = r$se, zval = r$zval, pval = r$pval, ci_lb = r$ci.lb, ci_ub = r$ci.ub, QE = r$QE, QEp = r$QEp,
       MH = if (o$measure == "OR") r$MH else NA, MHp = if (o$measure == "OR") r$MHp else NA, TA = if (o$measure == "OR") r$TA else NA, TAp = if (o$measure == "OR") r$TAp else NA)
}
answers$peto <- function(d, o) {
  r <- rma.peto(ai = d$ai, bi = d$bi, ci = d$ci, di = d$di, level = 100 * o$level)
  list(beta = r$beta, se = r$se, zval = r$zval, pval = r$pval, ci_lb = r$ci.lb, ci_ub = r$ci.ub, QE = r$QE, QEp = r$QEp)
}
answers$glmm_arms <- function(d, o) glmm_fields(rma.glmm(measure = "OR", ai = d$ai, bi = d$bi, ci = d$ci, di = d$di, model = o$model, nAGQ = o$nAGQ, level = 100 * o$level))

answers$bivariate <- function(d, o) {
  k <- nrow(d); a <- d$tp + o$correction; b <- d$fp + o$correction; c <- d$fn + o$correction; e <- d$tn + o$correction
  long <- data.frame(study = rep(seq_len(k), each = 2), group = rep(c("1sens", "2spec"), k), yi = c(rbind(log(a / c), log(e / b))), vi = c(rbind(1 / a + 1 / c, 1 / b + 1 / e)))
  fit <- NULL
  for (control in list(list(rel.tol = 1e-14, x.tol = 1e-14, eval.max = 1e4, iter.max = 1e4), list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 1e4))) {
    one <- tryCatch(rma.mv(yi, vi, mods = ~ group - 1, random = ~ group | study, struct = "UN", data = long, method = o$method, level = 100 * o$level,
                           control = control), error = function(e) NULL)
    if (!is.null(one) && (is.null(fit) || one$fit.stats["ll", o$method] > fit$fit.stats["ll", o$method])) fit <- one
  }
  if (is.null(fit)) stop("no optimizer converges")
  w <- wald(fit); w$names <- NULL
  c(w, list(tau2 = fit$tau2, rho = fit$rho, ll_ML = fit$fit.stats["ll", "ML"], ll_REML = fit$fit.stats["ll", "REML"], QE = fit$QE, QM = fit$QM))
}
answers$deeks <- function(d, o) {
  a <- d$tp + .5; b <- d$fp + .5; c <- d$fn + .5; e <- d$tn + .5
  n1 <- d$tp + d$fn; n2 <- d$fp + d$tn; ess <- 4 * n1 * n2 / (n1 + n2)
  m <- lm(log(a * e / (b * c)) ~ I(1 / sqrt(ess)), weights = ess)
  s <- summary(m)$coefficients; ci <- confint(m, level = o$level)
  list(coef = s[, 1], se = s[, 2], stat = s[2, 3], pval = s[2, 4], ci_lb = ci[, 1], ci_ub = ci[, 2])
}
answers$size_test <- function(d, o) {
  y <- if (o$test == "arcsine") asin(sqrt(d$xi / d$ni)) else d$x
  x <- if (o$test == "peters") 1 / d$ni else 1 / sqrt(d$ni)
  w <- if (isTRUE(o$events)) d$xi * (d$ni - d$xi) / d$ni else d$ni
  m <- lm(y ~ x, weights = w)
  s <- summary(m)$coefficients; ci <- confint(m, level = o$level)
  list(coef = s[, 1], se = s[, 2], stat = s[2, 3], pval = s[2, 4], ci_lb = ci[, 1], ci_ub = ci[, 2])
}
