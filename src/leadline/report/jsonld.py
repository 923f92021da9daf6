"""A verdict for machines: schema.org ClaimReview, with the data it rests on."""

from typing import Any

from leadline.report import plain, words
from leadline.verdict import Outcome, Verdict

# Google's fact-check guidance wants a number; 4 is where nothing can be said either way. The
# number orders the words and means nothing beyond: ``alternateName`` carries the verdict.
RATINGS: dict[Outcome, int] = {
    "supported": 7,
    "weakly_supported": 6,
    "conditional": 5,
    "undecidable": 4,
    "untestable": 4,
    "decayed": 3,
    "not_supported": 2,
    "contradicted": 1,
}


def claim_review(verdict: Verdict, *, url: str | None = None) -> dict[str, Any]:
    """Give a verdict as ClaimReview, with a Dataset node for what went in.

    Parameters
    ----------
    verdict : Verdict
        The verdict.
    url : str, optional
        Where the page with this verdict stands; the anchor of the claim is added.
    """
    claim, history = verdict.claim, verdict.history
    anchor = words.anchor(claim.id)
    appearance: dict[str, Any] = {
        "@type": "CreativeWork",
        "datePublished": claim.first_seen.isoformat(),
        "publisher": {"@type": "Organization", "name": claim.publisher},
    }
    if claim.url is not None:
        appearance["url"] = claim.url
    if claim.title is not None:
        appearance["headline"] = claim.title
    outcome = words.OUTCOMES[history.outcome].label
    review: dict[str, Any] = {
        "@type": "ClaimReview",
        "@id": f"#review-{anchor}",
        "url": f"{url or ''}#{anchor}",
        "claimReviewed": claim.paraphrase,
        "itemReviewed": {
            "@type": "Claim",
            "datePublished": claim.first_seen.isoformat(),
            "author": {"@type": "Organization", "name": claim.publisher},
            "firstAppearance": appearance,
            "appearance": [appearance],
        },
        "author": {"@type": "Organization", "name": "Leadline"},
        "datePublished": verdict.as_of.isoformat(),
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": RATINGS[history.outcome],
            "worstRating": 1,
            "bestRating": 7,
            "alternateName": f"{outcome} (history); {words.live_word(verdict.live)} (live)",
            "ratingExplanation": plain.told(history.sentence),
        },
        "reviewBody": plain.told(f"{history.sentence} {verdict.live.sentence}".strip()),
        "identifier": verdict.seal,
        "isBasedOn": {"@id": f"#data-{anchor}"},
    }
    return {"@context": "https://schema.org", "@graph": [review, _dataset(verdict, anchor)]}


def _dataset(verdict: Verdict, anchor: str) -> dict[str, Any]:
    starts = [e.start for e in verdict.evidence if e.start is not None]
    node: dict[str, Any] = {
        "@type": "Dataset",
        "@id": f"#data-{anchor}",
        "name": f"Series behind the verdict on {verdict.claim.id}",
        "description": "Daily series as they were known on the day of the verdict, "
        "with the basis on which each value counts as known.",
        "identifier": verdict.made_by.panel,
        "dateModified": verdict.as_of.isoformat(),
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": str(series.get("title") or series.get("id")),
                "unitText": str(series.get("unit") or ""),
            }
            for series in verdict.data
        ],
    }
    if starts:
        node["temporalCoverage"] = f"{min(starts)}/{verdict.as_of.isoformat()}"
    return node
