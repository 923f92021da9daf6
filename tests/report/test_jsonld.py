"""ClaimReview: what machines read."""

import json

import pytest
from report import sample

from leadline import report
from leadline.report.citation import bibtex
from leadline.report.jsonld import RATINGS
from leadline.report.words import OUTCOMES


def test_a_review_has_what_schema_org_asks_for():
    verdict = sample.verdict()
    document = json.loads(json.dumps(report.claim_review(verdict, url="https://example.org/x")))
    review, data = document["@graph"]
    assert document["@context"] == "https://schema.org"
    assert review["@type"] == "ClaimReview"
    assert review["url"] == "https://example.org/x#S27"
    assert review["claimReviewed"] == verdict.claim.paraphrase
    claim = review["itemReviewed"]
    assert claim["@type"] == "Claim"
    assert claim["author"] == {"@type": "Organization", "name": "BeInCrypto"}
    assert claim["firstAppearance"]["url"] == verdict.claim.url
    assert claim["datePublished"] == "2026-01-23"
    assert review["datePublished"] == "2026-08-21"
    assert review["reviewRating"] | {"ratingExplanation": ""} == {
        "@type": "Rating",
        "ratingValue": 4,
        "worstRating": 1,
        "bestRating": 7,
        "alternateName": "Undecidable (history); Not so far (day 209 of 365) (live)",
        "ratingExplanation": "",
    }
    assert data["@type"] == "Dataset"
    assert data["temporalCoverage"] == "2014-09-17/2026-08-21"
    assert review["isBasedOn"]["@id"] == data["@id"]


def test_ratings_order_the_outcomes_and_name_each():
    assert RATINGS.keys() == OUTCOMES.keys()
    assert RATINGS["supported"] == max(RATINGS.values()) == 7
    assert RATINGS["contradicted"] == min(RATINGS.values()) == 1
    assert RATINGS["undecidable"] == 4


@pytest.mark.parametrize("text", ["100 % & {more} #1 $x_y^2~\\", "plain"])
def test_a_citation_keeps_its_braces_balanced(text):
    cited = bibtex(sample.verdict(paraphrase=text)).replace(r"\{", "").replace(r"\}", "")
    assert cited.count("{") == cited.count("}")
    assert cited.startswith("@misc{leadline-S27-7f3a9c0d,")
