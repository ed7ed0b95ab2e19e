# Answers requests, one JSON object a line, with the figures that R gives: {"what": name, "data": columns, "options": list}.
# Every number comes back as text with 17 significant digits; a failure comes back as {"error": message}.
suppressMessages({library(metafor); library(jsonlite)})
for (package in c("clubSandwich", "lme4", "nlme", "splines"))
  suppressMessages(suppressWarnings(requireNamespace(package, quietly = TRUE)))
options(warn = -1, contrasts = c("contr.treatment", "contr.treatment"))

args <- commandArgs(trailingOnly = FALSE)
here <- dirname(sub("^--file=", "", args[grep("^--file=", args)[1]]))
answers <- list()
for (part in sort(list.files(file.path(here, "r"), pattern = "[.]R$", full.names = TRUE))) source(part, local = TRUE)

text <- function(x) {
  if (is.null(x)) return(NULL)
  if (is.list(x)) return(lapply(x, text))
  if (is.logical(x)) x <- as.numeric(x)
  if (is.numeric(x)) x <- ifelse(is.nan(x), "NaN", ifelse(is.na(x), "NA", sprintf("%.17g", as.vector(x))))
  unname(as.list(as.character(x)))
}

input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  asked <- fromJSON(line, simplifyVector = TRUE)
  found <- tryCatch({
    setTimeLimit(elapsed = 30, transient = TRUE)
    text(answers[[asked$what]](columns(asked$data), asked$options))
  }, error = function(e) list(error = conditionMessage(e)))
  setTimeLimit()
  cat(toJSON(found, auto_unbox = TRUE, null = "null"), "\n", sep = "")
  flush(stdout())
}
