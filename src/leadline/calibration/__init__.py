"""The instrument measured: how often kinds of test and verdicts err where the truth is known."""
