# Columns from JSON; categories keep the order in which their levels are given ({"levels": ..., "values": ...}).
columns <- function(data) as.data.frame(lapply(data, function(x) {
  if (is.list(x) && !is.null(x$levels)) factor(x$values, levels = x$levels) else x
}), stringsAsFactors = FALSE)

# A model formula from names of columns, or nothing.
formula_of <- function(o) {
  terms <- unlist(o$mods)
  if (is.null(terms) || length(terms) == 0) return(NULL)
  as.formula(paste("~", paste(terms, collapse = " + "), if (isFALSE(o$intercept)) "- 1" else ""))
}

# rma with criteria as tight as this data's rounding lets it reach.
uni <- function(d, o, ...) {
  unit <- max(median(d$vi, na.rm = TRUE), var(d$yi, na.rm = TRUE), na.rm = TRUE)
  given <- list(yi = d$yi, vi = d$vi, data = d, method = if (is.null(o$method)) "REML" else o$method, ...)
  if (!is.null(f <- formula_of(o))) given$mods <- f
  else if (isFALSE(o$intercept)) given$intercept <- FALSE
  if (!is.null(o$test)) given$test <- o$test
  if (!is.null(o$level)) given$level <- 100 * o$level
  if (isFALSE(o$weighted)) given$weighted <- FALSE
  for (threshold in c(1e-12, 1e-10, 1e-8, 1e-6)) {
    given$control <- list(threshold = threshold * unit, maxiter = 200, tol = min(1e-14, 1e-14 * unit), tau2.max = max(100, 1e4 * var(d$yi, na.rm = TRUE)))
    fit <- tryCatch(do.call(rma, given), error = function(e) e)
    if (!inherits(fit, "error") || !grepl("converge", conditionMessage(fit))) break
  }
  if (inherits(fit, "error")) stop(fit)
  fit
}

wald <- function(fit) list(
  names = rownames(fit$beta), beta = c(fit$beta), se = fit$se, zval = fit$zval, pval = fit$pval, ci_lb = fit$ci.lb, ci_ub = fit$ci.ub)
