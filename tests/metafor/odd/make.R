# Figures of a small data set with odd but legal columns: Rscript make.R in this folder writes odd_GEN.csv and odd_GEN.json.
suppressMessages(library(metafor))
ctrl <- list(threshold=1e-13, maxiter=10000)
json <- function(x) {
  if (is.list(x)) return(paste0("{", paste(sprintf('"%s": %s', names(x), vapply(x, json, "")), collapse=", "), "}"))
  one <- function(v) if (is.character(v)) sprintf('"%s"', v) else if (is.na(v)) "null" else if (is.infinite(v)) sprintf('"%s"', v) else if (is.logical(v)) tolower(v) else format(v, digits=17)
  s <- vapply(x, one, ""); if (length(x) == 1 && is.null(attr(x, "many"))) s else paste0("[", paste(s, collapse=", "), "]")
}
many <- function(x) {x <- c(x); attr(x, "many") <- TRUE; x}
fit <- function(f) list(k=f$k, p=f$p, beta=many(f$beta), names=many(rownames(f$beta)), se=many(f$se), zval=many(f$zval), pval=many(f$pval), ci_lb=many(f$ci.lb), ci_ub=many(f$ci.ub), tau2=f$tau2, QE=f$QE, QEp=f$QEp, QM=f$QM, QMp=f$QMp, I2=f$I2)
ml <- function(f) list(k=f$k, beta=many(f$beta), names=many(rownames(f$beta)), se=many(f$se), sigma2=many(f$sigma2), s_levels=many(f$s.nlevels), QE=f$QE, QM=f$QM, ll=as.numeric(logLik(f)))
set.seed(77)
k <- 24
dat <- data.frame(yi=round(rnorm(k, .4, .5), 3), vi=round(runif(k, .01, .2), 4), report=rep(paste("Report", 1:8), each=3), esid=1:k)
dat$lab <- paste0("lab ", rep(1:12, each=2)); dat$lab <- paste0("lab ", ((seq_len(k)-1) %/% 3) * 2 + (seq_len(k) %% 2))
dat$blind <- rep(c(TRUE, FALSE, FALSE), 8)
dat$arm <- rep(c("new drug", "old drug", "no drug at all"), length.out=k)[sample(k)]
dat[["dose"]] <- round(runif(k, 1, 9), 1); dat$dose[c(3, 11)] <- NA
dat$ni_total <- round(exp(runif(k, 3, 7)))
dat$yi[5] <- NA
write.csv(dat, "odd_GEN.csv", row.names=FALSE)
d <- dat[!is.na(dat$yi), ]
mods <- list()
add <- function(formula) c(list(formula=formula), list(REML_z=fit(rma(yi, vi, mods=as.formula(formula), data=d, control=ctrl)), DL_knha=fit(rma(yi, vi, mods=as.formula(formula), data=d, method="DL", test="knha"))))
mods <- list(blind=add("~blind"), arm=add("~arm"), arm_dose=add("~arm + dose"), both=add("~blind + arm"))
ml3 <- rma.mv(yi, vi, random=~1|report/lab, data=d, control=list(optimizer="optim", optmethod="BFGS", reltol=1e-14, maxit=10000)); ml3m <- rma.mv(yi, vi, mods=~dose, random=~1|report/lab, data=d, control=list(optimizer="optim", optmethod="BFGS", reltol=1e-14, maxit=10000))
m2 <- rma.mv(yi, vi, mods=~arm, random=~1|report/lab, data=d, control=list(optimizer="optim", optmethod="BFGS", reltol=1e-14, maxit=10000))
rb <- function(f, cl) {r <- robust(f, cluster=cl, adjust=TRUE); list(n_clusters=r$n, metafor_CR1=list(se=many(r$se), tval=many(r$zval), df=r$dfs, pval=many(r$pval)))}
r1 <- regtest(rma(yi, vi, ni=ni_total, data=d, control=ctrl), predictor="ninv")
doc <- list(meta=list(dataset="odd", csv="odd_GEN.csv", k=k), re=list(REML=list(z=fit(rma(yi, vi, data=d, control=ctrl)), knha=fit(rma(yi,vi,data=d,test="knha",control=ctrl))), DL=list(z=fit(rma(yi, vi, data=d, method="DL")))), mods=mods,
  multilevel=list(ml3=ml(ml3), ml3_robust=rb(ml3, d$report), ml3_mods_dose=ml(ml3m), ml3_mods_arm=ml(m2)), regtest=list(rma=list(ninv=list(stat=r1$zval, pval=r1$pval))), diagnostics=list(ranktest=(function(r) list(tau=unname(r$tau), pval=unname(r$pval)))(ranktest(d$yi, d$vi))))
writeLines(json(doc), "odd_GEN.json")
