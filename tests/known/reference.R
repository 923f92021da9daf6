# What R says of the inputs: nice Rscript tests/known/reference.R markets.csv
#
# Packages do what they are for: lmtest (Granger, Wald), sandwich (Newey-West, White), forecast
# (Diebold-Mariano), strucchange (breaks). All else is a plain loop over days, from the definitions
# that the kinds state. One answer a line: its name, then its numbers.

suppressPackageStartupMessages({
  library(lmtest)
  library(sandwich)
  library(forecast)
  library(strucchange)
})

answer <- function(name, ...) {
  cat(name, paste(sprintf("%.15g", as.numeric(c(...))), collapse = " "), sep = ",")
  cat("\n")
}
cat("version,R ", R.version$major, ".", R.version$minor, "\n", sep = "")
for (name in c("lmtest", "sandwich", "forecast", "strucchange"))
  cat("version,", name, " ", as.character(packageVersion(name)), "\n", sep = "")

# Chickens and eggs (Thurman and Fisher 1988), as lmtest has them.
data(ChickEgg)
chicken <- as.numeric(ChickEgg[, "chicken"])
egg <- as.numeric(ChickEgg[, "egg"])
answer("year", time(ChickEgg))
answer("chicken", chicken)
answer("egg", egg)
for (order in 1:4) {
  found <- grangertest(chicken, egg, order = order)
  answer(paste0("chicken leads egg, order ", order), found$F[2], found$`Pr(>F)`[2])
  found <- grangertest(egg, chicken, order = order)
  answer(paste0("egg leads chicken, order ", order), found$F[2], found$`Pr(>F)`[2])
}

# The flow of the Nile: one break, and the t of two means (strucchange).
flow <- as.numeric(Nile)
found <- breakpoints(flow ~ 1, h = 0.15, breaks = 1)
answer("Nile: last year before the break", 1870 + found$breakpoints)

# Longley's regression with errors of Newey and West (1987), one lag and three.
fit <- lm(Employed ~ ., longley)
for (lag in c(1, 3))
  answer(paste0("Longley, Newey-West, lag ", lag),
         sqrt(diag(NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = FALSE))))

# Daily markets: logs, returns, and how many observations a length of days has.
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
days <- as.Date(d$day)
x <- log(d$market)
y <- log(d$oil)
z <- log(d$tech)
rising <- d$rising == 1
booming <- d$booming == 1
dx <- diff(x)
dy <- diff(y)
dz <- diff(z)
n <- length(x)
per_year <- (n - 1) / as.numeric(days[n] - days[1]) * 365.25
obs <- function(calendar_days) round(calendar_days / 365.25 * per_year)
month <- 365.25 / 12

mid_rank <- function(v, at, from) {
  past <- v[from:(at - 1)]
  (sum(past < v[at]) + 0.5 * sum(past == v[at])) / length(past)
}
after_quiet <- function(flag, quiet) {
  sapply(seq_along(flag), function(t)
    flag[t] && t > quiet && (quiet == 0 || !any(flag[(t - quiet):(t - 1)])))
}
past_scale <- function(v, window = 60) {
  sapply(seq_along(v), function(t) {
    if (t <= 5) return(sqrt(mean(v[1:5]^2)))
    max(sqrt(mean(v[max(1, t - window):(t - 1)]^2)), 0.05 * sqrt(mean(v[1:(t - 1)]^2)))
  })
}
any_between <- function(flag, t, first, last) {
  at <- (t + first):(t + last)
  any(flag[at[at >= 1 & at <= length(flag)]])
}
spells <- function(flag) sum(rle(flag)$values)
white <- function(fit, ...) vcovHC(fit, type = "HC1")
newey_west <- function(fit, lag) NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = FALSE)
usual_lags <- function(n) floor(4 * (n / 100)^(2 / 9))

# granger: Toda and Yamamoto (1995), two lags tested and one more held.
lagged <- function(v, k) v[(4 - k):(n - k)]
rows <- data.frame(y = y[4:n])
for (k in 1:3) {
  rows[paste0("y", k)] <- lagged(y, k)
  rows[paste0("x", k)] <- lagged(x, k)
}
fit <- lm(y ~ ., rows)
tested <- c("x1", "x2")
without <- update(fit, . ~ . - x1 - x2)
answer("granger, plain Wald", waldtest(fit, without, test = "Chisq")$Chisq[2])
answer("granger, robust Wald", waldtest(fit, without, test = "Chisq", vcov = white)$Chisq[2])
answer("granger, response", sum(c(2, 1) * coef(fit)[tested]))
answer("granger, robust error",
       sqrt(drop(c(2, 1) %*% white(fit)[tested, tested] %*% c(2, 1))))

# lag_profile: correlation of returns, the market k days before oil.
k <- obs(10)
found <- ccf(dy, dx, lag.max = k, plot = FALSE)
answer("lag_profile", found$acf[, 1, 1])

# level_correlation of logs at every shift of 0 to 20 days.
shifts <- 0:obs(20)
answer("level_correlation", sapply(shifts, function(s) cor(x[1:(n - s)], y[(1 + s):n])))

# driver_loading: slope on the market, the other market held, Newey-West errors.
fit <- lm(dy ~ dx + dz)
answer("driver_loading", coef(fit)["dx"],
       sqrt(newey_west(fit, usual_lags(length(dy)))["dx", "dx"]), coef(lm(dy ~ dx))["dx"])

# driver_share: drift and two drivers, betas of the two years before the last half year.
first <- max(which(days <= days[n] - 183))
learn <- which(days[-1] > days[first] - 730 & seq_along(dy) < first)
years <- as.numeric(diff(days)) / 365.25
fit <- lm(dy ~ 0 + years + dx + dz, subset = learn)
inside <- first:(n - 1)
moved <- c(sum(years[inside]), sum(dx[inside]), sum(dz[inside])) * coef(fit)
move <- y[n] - y[first]
answer("driver_share", move, moved, move - sum(moved), sum(moved[2:3]) / move)

# stress_behaviour: Baur and McDermott (2010), thresholds from the past alone, type 7 quantiles.
depth <- c(0.10, 0.05, 0.01)
used <- 251:length(dx)
past <- t(sapply(used, function(t) quantile(dx[1:(t - 1)], depth, names = FALSE)))
beyond <- (dx[used] <= past) + 0
m <- dx[used]
fit <- lm(dy[used] ~ m + I(m * beyond[, 1]) + I(m * beyond[, 2]) + I(m * beyond[, 3]))
answer("stress_behaviour", cumsum(coef(fit)[-1]))
take <- c(0, 1, 1, 1, 0)
answer("stress_behaviour, error at 5%",
       sqrt(drop(take %*% newey_west(fit, usual_lags(length(m))) %*% take)))
answer("stress_behaviour, days", sum(beyond[, 2]))

# pace: growth, its rank, and the t of the bend with Newey-West errors, by what was known then.
now <- max(which(days <= as.Date("2008-06-30")))
so_far <- (now - 1) / as.numeric(days[now] - days[1]) * 365.25
long <- round(6 * month / 365.25 * so_far)
short <- round(month / 365.25 * so_far)
growth <- c(rep(NA, long), (y[(long + 1):n] - y[1:(n - long)]) / long)
before <- max(which(days < as.Date("2008-04-01")))
time <- seq(-1, 1, length.out = long + 1)
fit <- lm(y[(now - long):now] ~ time + I(time^2))
answer("pace", exp(long * growth[before]) - 1, mid_rank(growth, before, long + 1),
       (y[now] - y[now - short]) / short - growth[now],
       coef(fit)[3] / sqrt(newey_west(fit, short)[3, 3]))

# regime_means: yearly return from the next close on, in the state and otherwise; White's t with
# the residuals of the null.
known <- 1:(n - 2)
on <- rising[known]
later <- dy[known + 1]
fit <- lm(later ~ on)
null <- lm(later ~ 1)
w <- on - mean(on)
answer("regime_means", exp(c(mean(later[on]), mean(later[!on])) * per_year) - 1,
       coef(fit)[2] * per_year,
       sum(w * later) / sqrt(sum(w^2 * residuals(null)^2)), mean(on))

# Events: a half-year high after a month without; a rise of 15 % above the month's low.
memory <- obs(6 * month)
high <- sapply(1:n, function(t) t > 1 && x[t] > max(x[max(1, t - memory):(t - 1)]))
event <- after_quiet(high, obs(month))
within <- max(obs(month), 2)
risen <- sapply(1:n, function(t) t > 1 && y[t] - min(y[max(1, t - within):(t - 1)]) >= log(1.15))
rally <- after_quiet(risen, obs(14))
answer("events", which(event) - 1)
answer("rallies", which(rally) - 1)

# event_study: mean return over the horizon, a day after the event, less that after any day.
horizon <- obs(10)
starts <- 1:(n - 1 - horizon)
forward <- y[starts + 1 + horizon] - y[starts + 1]
answer("event_study", mean(forward[event[starts]]), mean(forward),
       mean(forward[event[starts]] > 0), sum(event[starts]))

# event_coincidence: rallies 7 days to 2 months after an event, and events before a rally.
gap <- obs(7)
last <- obs(2 * month)
starts <- 1:(n - last)
followed <- sapply(starts, function(t) max(y[(t + gap + 1):(t + last)]) - y[t + gap] >= log(1.15))
dated <- (last + 1):n
preceded <- sapply(dated, function(t) any_between(event, t, -last, -(gap + 1)))
answer("event_coincidence, trigger", mean(followed[event[starts]]), mean(followed))
answer("event_coincidence, precursor", mean(preceded[rally[dated]]), mean(preceded))
near <- sapply(1:n, function(t) any_between(event, t, -gap, gap))
answer("event_coincidence, near", mean(near[rally]), mean(near))

# gap_frequency: days on which oil is flat or down over a month, the market strong or not.
over <- obs(month)
moved <- c(rep(NA, over), round(x[(over + 1):n] - x[1:(n - over)], 12))
strong <- sapply(1:n, function(t)
  t - over - 1 >= obs(365.25) && mid_rank(moved, t, over + 1) > 0.8)
asked <- (over + 1):n
lagging <- y[asked] - y[asked - over] <= 0
answer("gap_frequency", mean(lagging[strong[asked]]), mean(lagging), mean(strong[asked]))

# necessary_condition: the state held at some time in the two weeks before a rally.
last <- obs(14)
asked <- (last + 1):n
covered <- sapply(asked, function(t) any_between(rising, t, -last, -1))
answer("necessary_condition", mean(covered[rally[asked]]), mean(covered), sum(rally[asked]))

# state_transition: the other state begins within two weeks of a day without it.
last <- obs(14)
apart <- max(obs(3), 1)
asked <- 1:(n - last)
risk <- !sapply(asked, function(t) any_between(booming, t, 1 - apart, 0))
began <- risk & sapply(asked, function(t) any_between(booming, t, 1, last))
on <- rising[asked]
answer("state_transition", sum(began & on) / sum(risk & on), sum(began & !on) / sum(risk & !on),
       sum(risk & on), sum(risk & !on))

# forecast: from how many days oil rises 10 % within a month, and where the market is rising.
horizon <- obs(month)
starts <- 1:(n - horizon)
came <- sapply(starts, function(t) any(y[(t + 1):(t + horizon)] - y[t] >= log(1.10)))
answer("forecast", mean(came), mean(came[rising[starts]]), mean(rising[starts]))

# Facts of the last day.
answer("record, base rate of the market",
       mean(sapply(251:(n - 1), function(t) d$market[t] > max(d$market[1:(t - 1)]))))
window <- obs(3 * month)
at <- (window + 1):n
moves <- sapply(d[c("market", "oil", "tech")], function(p) p[at] / p[at - window] - 1)
first <- moves[, "market"] > pmax(moves[, "oil"], moves[, "tech"])
answer("best_of", moves[nrow(moves), ], mean(first[-length(first)]))
lags <- moves[, "market"] > 0 & moves[, "oil"] <= 0.25 * moves[, "market"]
answer("has_not_followed", moves[nrow(moves), "oil"] - moves[nrow(moves), "market"],
       mean(lags[-length(lags)]), d$oil[n] / max(d$oil) - 1)
answer("standing", d$oil[n], mid_rank(d$oil, n, 1))
# A state lasts until the next close says otherwise, weekends too.
every_day <- seq(days[1], days[n] - 1, by = "day")
state <- rising[findInterval(every_day, days)]
answer("regime_now", mean(state), spells(state))

# predictive_skill: both models fitted anew every day to outcomes that were over; Clark and West
# (2007) as the Diebold-Mariano test of forecast, of a difference shifted to be positive.
over <- max(obs(10), 1)
ahead <- over
scale <- past_scale(dx)
at <- (over + 1):n
predictor <- (x[at] - x[at - over]) / (scale[at - 1] * sqrt(over))
rows <- seq_len(length(at) - ahead)
outcome <- y[at[rows] + ahead] - y[at[rows]]
predictor <- predictor[rows]
begin <- obs(365.25) + ahead + 1
made <- t(sapply(begin:length(rows), function(t) {
  seen <- 1:(t - ahead - 1)
  b <- coef(lm(outcome[seen] ~ predictor[seen]))
  base <- mean(outcome[seen])
  c(base, if (b[2] > 0) b[1] + b[2] * predictor[t] else base)
}))
e0 <- outcome[begin:length(rows)] - made[, 1]
e1 <- outcome[begin:length(rows)] - made[, 2]
adjusted <- e0^2 - e1^2 + (made[, 1] - made[, 2])^2
up <- 1 - min(adjusted)
size <- length(adjusted)
small <- sqrt((size + 1 - 2 * ahead + ahead / size * (ahead - 1)) / size)
tested <- dm.test(adjusted + up, rep(up, size), h = ahead, power = 1, varestimator = "bartlett")
answer("predictive_skill", tested$statistic / small, 1 - sum(e1^2) / sum(e0^2), size)
tested <- dm.test(e0, e1, h = ahead, power = 2, varestimator = "bartlett")
answer("Diebold-Mariano", tested$statistic / small, mean(e0^2 - e1^2))
answer("Diebold-Mariano, errors of the benchmark", e0)
answer("Diebold-Mariano, errors of the forecast", e1)

# tradable: in oil for two weeks after the market's month ranks above 80 % of its past.
hold <- max(obs(14), 1)
begins <- 1:(n - 1)
on <- sapply(begins - 1, function(t) t >= 1 && strong[t])
position <- sapply(begins, function(t) any(on[max(1, t - hold + 1):t])) + 0
traded <- c(0, abs(diff(position)))
gain <- (position - mean(position)) * dy - 0.001 * traded
centred <- gain - mean(gain)
deviation <- sqrt(mean(centred^2))
ratio <- mean(gain) / deviation
skew <- mean(centred^3) / deviation^3
kurtosis <- mean(centred^4) / deviation^4
# Bailey and Lopez de Prado (2012), section 3, against a ratio of nought.
psr <- pnorm(ratio * sqrt(n - 2) / sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio^2))
answer("tradable", mean(gain) * per_year, ratio * sqrt(per_year), psr, mean(position),
       sum(traded) / (n - 1) * per_year)

# shock_response: local projections (Jorda 2005) on innovations of an AR chosen by BIC.
level <- x - mean(x)
most <- 12
target <- level[(most + 1):n]
past <- sapply(1:most, function(k) level[(most + 1 - k):(n - k)])
bic <- sapply(0:most, function(p) {
  rest <- if (p == 0) target else lm.fit(past[, 1:p, drop = FALSE], target)$residuals
  length(target) * log(mean(rest^2)) + p * log(length(target))
})
p <- which.min(bic) - 1
b <- lm.fit(past[, 1:p, drop = FALSE], target)$coefficients
innovation <- sapply((p + 1):n, function(t) level[t] - sum(b * level[t - 1:p]))
raw <- c(rep(0, p - 1), innovation / past_scale(innovation))
before <- sapply(1:4, function(k) c(rep(0, k), raw[1:(n - 1 - k)]))
shock <- c(rep(0, 4), residuals(lm(raw[-(1:4)] ~ before[-(1:4), ])))
shock <- shock / sqrt(mean((shock - mean(shock))^2))
longest <- obs(10)
respond <- function(moves) sapply(0:longest, function(l)
  sum(shock[1:(n - 1 - l)] * moves[(1 + l):(n - 1)]) / sum(shock^2))
moves <- dy - mean(dy)
answer("shock_response", sum(respond(moves)), respond(moves)[1])
own <- sapply(1:4, function(k) c(rep(0, k), moves[1:(n - 1 - k)]))
projected <- sapply(0:longest, function(h) {
  t <- 5:(n - 1 - h)
  total <- sapply(t, function(s) sum(moves[s:(s + h)]))
  fit <- lm(total ~ shock[t] + before[t, ] + own[t, ])
  c(coef(fit)[2], sqrt(white(fit)[2, 2]))
})
answer("shock_response, projections", projected[1, ])
answer("shock_response, errors", projected[2, ])

# response_order: how much of each answer to the shock comes later than four days.
in_units <- function(v) (v / past_scale(v - mean(v)) -
  mean(v / past_scale(v - mean(v))))
late <- 0:longest > obs(5)
tech <- respond(in_units(dz))
oil <- respond(in_units(dy))
answer("response_order", sum(tech), sum(oil), sum(tech[late]) / sum(tech))

# explosive: the largest ADF t over all windows of weekly prices (Phillips, Shi and Yu 2015).
week <- as.integer(days[n] - days) %/% 7
v <- rev(sapply(split(seq_len(n), week), function(i) y[max(i)]))
T <- length(v)
smallest <- floor((0.01 + 1.8 / sqrt(T)) * T)
largest <- -Inf
for (stop in smallest:T) for (start in 1:(stop - smallest + 1)) {
  w <- v[start:stop]
  a <- w[-length(w)]
  s <- diff(w)
  a <- a - mean(a)
  slope <- sum(a * s) / sum(a^2)
  rest <- s - mean(s) - slope * a
  t <- slope / sqrt(sum(rest^2) / (length(s) - 2) / sum(a^2))
  if (t > largest) largest <- t
}
answer("explosive", largest, T)
