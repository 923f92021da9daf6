"""An article that can be followed on the small made-up market, and what became of it there.

On the market of conftest.py the call is missed on 30 August 2022, its condition holds again from
6 December on, and nothing changes on the last day of the data.
"""

ARTICLE = """\
id: followed
title: Silver leads, Bitcoin waits
publisher: The Example
first_seen: 2022-06-01
watch:
  triggers:
    - {id: dear-gold, says: Gold stands above 100., series: gold, above: 100.0, claims: [L1]}
claims:
- id: L1
  paraphrase: Bitcoin will be a tenth higher within a quarter while silver rises
  type: forecast
  tests:
  - {kind: forecast, follower: bitcoin, from_day: 2022-06-01, horizon: 90d, rise: 0.1}
  live:
    horizon: 90d
    success: {series: bitcoin, rise: 0.1}
    antecedent: {series: silver, over: 28d}
- id: L2
  paraphrase: Bitcoin moves with silver
  type: driver
  tests:
  - {kind: lag_profile, leader: silver, follower: bitcoin, window: {min: 2w, max: 8w}}
- id: L3
  paraphrase: Timing matters
  type: hedge
  untestable: No reading of it could be wrong.
"""
LACKING = """\
- id: L4
  paraphrase: Copper rises by a tenth within a quarter
  type: forecast
  tests:
  - {kind: forecast, follower: copper, from_day: 2022-06-01, horizon: 90d, rise: 0.1}
  live:
    horizon: 90d
    success: {series: copper, rise: 0.1}
"""
CHANGED, UNCHANGED, STALE = "2022-12-06", "2022-12-31", "2023-01-31"
