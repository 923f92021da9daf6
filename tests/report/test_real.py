"""A real trial, told: nothing in the report knows which claim it is."""

import pytest

from leadline import report
from leadline.claim import load
from leadline.data.providers.folder import FolderStore
from leadline.trial import hear


@pytest.mark.real_data
def test_a_real_verdict_makes_a_page_and_a_screen(data_dir):
    verdict = hear(load("W10"), FolderStore(data_dir))
    page = report.page(verdict)
    assert len(page.encode()) < 1_000_000
    assert page.count("<figure") == page.count("</figure>") >= 6
    assert max(map(len, report.text(verdict).splitlines())) <= 80
    assert max(map(len, report.why(verdict).splitlines())) <= 80
    for evidence in verdict.evidence:
        for shown in evidence.exhibits:
            assert report.svg(shown).startswith("<svg")
            assert report.csv(shown).count("\n") > 1
