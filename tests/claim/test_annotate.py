"""Which sentence states which claim: by hash exactly, by words as a person would say."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline import annotate
from leadline.annotate import concepts, digest, normalised, sentences
from leadline.claim import Claim, load_article

# What a person would accept, by the number of the sentence in the founding text; a sentence that
# is not here claims nothing. The text itself is not ours to keep.
KEY = {
    2: "S01",
    3: "S02",
    4: "S03",
    6: "S04",
    10: "S05",
    11: "S05",
    12: "S06",
    14: "S07",
    15: "S08",
    16: "S08",
    17: "S09",
    18: "S09 S10",
    19: "S11 S12",
    20: "S11",
    21: "S12",
    22: "S13",
    23: "S14",
    24: "S14",
    25: "S14 S15",
    27: "S04 S16",
    28: "S17",
    29: "S17",
    30: "S18",
    31: "S19 S32",
    32: "S20",
    33: "S21",
    34: "S22 S28",
    35: "S23",
    37: "S33",
    38: "S16 S24",
    39: "S06 S19",
    41: "S25",
    42: "S26",
    43: "S22",
    44: "S27",
    45: "S28",
    46: "S29",
    47: "S30 S31",
    48: "S19 S32",
    49: "S21 S27 S32",
    50: "S33",
    51: "S34",
}
# Our own words, put together after the cues, each with the claims that a person would accept.
RETOLD = (
    ("Never before has an ounce of silver fetched as much as it did on Friday.", "S01"),
    ("The climb of silver took months and then sped up in the first weeks of January.", "S02"),
    ("Silver has left even gold behind as the top performer.", "S03"),
    ("Meanwhile BTC stands where it stood and is not keeping pace.", "S04"),
    ("This is no mere gamble by speculators, it is money being moved around the globe.", "S05"),
    ("Worried investors are parking cash in defensive assets.", "S06"),
    ("Futures say that the Federal Reserve will lower its policy rate by the end of 2026.", "S07"),
    ("With real yields falling, an asset that pays nothing costs less to hold.", "S08"),
    ("The slide of the US dollar has done its part, because overseas buyers pay less.", "S09"),
    ("Mine output and scrap have fallen short of demand for silver year after year.", "S11"),
    ("Miners dig it up alongside lead and zinc as a by-product; supply hardly reacts.", "S12"),
    ("Since Washington declared it a critical mineral, firms have stockpiled silver bars.", "S13"),
    ("Factories need it for photovoltaics, chips and electric cars.", "S14"),
    ("It is a safe haven and an industrial metal at once.", "S15"),
    ("Many of the forces that lift silver ought to lift Bitcoin as well.", "S16 S24"),
    ("History is full of such gaps between the two.", "S17"),
    ("In a crisis the market does not treat Bitcoin like gold.", "S18"),
    ("Safe havens such as gold and silver are the first stop for money in uncertain times.", "S19"),
    ("Bitcoin tends to go sideways in such weeks because investors cut risk.", "S20"),
    ("Its turn comes late in the cycle.", "S21"),
    ("Bitcoin has done best when fear gave way to worry about debasement and liquidity.", "S22"),
    ("By that reading, January was still the first phase.", "S23"),
    ("Were BTC driven by the same forces as silver, it would already have risen.", "S24"),
    ("Long spells of silver strength have come ahead of Bitcoin rallies.", "S25"),
    ("If defensive money keeps flowing into silver, the talk could turn to debasement.", "S26"),
    ("In earlier cycles the coin trailed gold and silver by weeks to months.", "S27"),
    ("As soon as hopes of liquidity replace fear, Bitcoin tends to move.", "S28"),
    ("A bull run in Bitcoin needs worry about debasement or a signal of liquidity.", "S29"),
    ("The record in silver hints that those conditions are on the way.", "S30"),
    ("That is not yet in the price of Bitcoin.", "S31"),
    ("The first wave of nervous capital is soaked up by gold and silver.", "S32"),
    ("Silver may be laying the groundwork for Bitcoin's own breakout.", "S33"),
    ("How these assets are linked is complicated, and timing is everything.", "S34"),
)
ELSEWHERE = """\
Rain will spread from the west this evening, with winds picking up speed near the coast.
Temperatures fell to a record low for January, and more snow is expected later in the week.

The home side scored first and held on to win the silver medal after a late goal.
Gold went to the Norwegian team, silver to the Swedes and bronze to the Finns.
She set a new record in the final and finished ahead of last year's champion.

Oil prices climbed as producers agreed to cut output, and stocks of crude fell for a third week.
Brent rose above 90 dollars a barrel on fears of supply disruption in the Gulf.
OPEC said that demand would exceed supply for several years.

Shares on Wall Street closed higher as investors shrugged off uncertainty about tariffs.
The Nasdaq outperformed the Dow and technology stocks led the rally.
Markets expect the Federal Reserve to leave rates unchanged, and the dollar weakened.
The central bank's balance sheet expanded and liquidity in money markets improved.

Wheat futures rallied on worries about the harvest, while corn moved sideways.
The museum shows Roman silver from the third century together with gold coins.
The company reported record profits, and its chief executive said that growth had accelerated.
The relationship between the two countries is complex, and trust takes time.
"""
SAME_SUBJECT = (
    "Silver mines in Peru reopened after a strike of two weeks.",
    "Bitcoin's hash rate rose to a new high last week as miners added machines.",
    "The exchange listed a new silver coin for collectors.",
    "A Bitcoin exchange was fined for weak controls.",
    "Gold closed lower on Tuesday as traders took profits, and silver was little changed.",
    "Bitcoin developers debate a change to the size of blocks.",
    "Silver coins were struck in Athens in the fifth century.",
    "Bitcoin trades around the clock, silver does not.",
    "Analysts will publish their silver price targets next week.",
    "But here's the thing that caught my attention.",
    "There are a few things to look at here.",
    "At least not yet.",
)


@pytest.fixture(scope="module")
def claims():
    return load_article("silver-2026").claims


@pytest.fixture(scope="module")
def founding(data_dir):
    path = data_dir.parent / "founding-article.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path.read_text("utf-8")


def a_claim(name="A1", paraphrase="The tide follows the moon", **more):
    return Claim(
        id=name,
        paraphrase=paraphrase,
        publisher="The Example",
        first_seen="2022-06-01",
        type="hedge",
        untestable="A stub.",
        **more,
    )


def right_and_wrong(read):
    """Count sentences matched as the key has it, and those matched otherwise."""
    right = wrong = 0
    for number, match in enumerate(read.matches, start=1):
        if match is not None:
            accepted = match.claims[0] in KEY.get(number, "").split()
            right, wrong = right + accepted, wrong + (not accepted)
    return right, wrong


@pytest.mark.real_data
def test_the_founding_text_is_known_by_its_hashes(founding, claims):
    read = annotate.annotate(founding, claims)
    assert {n for n, match in enumerate(read.matches, 1) if match is not None} == set(KEY)
    for number, match in enumerate(read.matches, start=1):
        if match is not None:
            assert match.how == "quote"
            assert set(match.claims) <= set(KEY[number].split())
    assert set(read.stated) == {claim.id for claim in claims if claim.quotes}


@pytest.mark.real_data
def test_its_headings_and_asides_are_left_alone(founding, claims):
    for by_hash in (True, False):
        read = annotate.annotate(founding, claims, by_hash=by_hash)
        assert [s.heading for s in read.sentences].count(True) == 4
        assert not any(
            match for n, match in enumerate(read.matches, 1) if n not in KEY and match is not None
        )


@pytest.mark.real_data
@pytest.mark.parametrize("threshold", [0.48, annotate.THRESHOLD, 0.60])
def test_without_hashes_its_sentences_are_found_by_their_words(
    founding, claims, threshold, monkeypatch
):
    monkeypatch.setattr(annotate, "THRESHOLD", threshold)
    right, wrong = right_and_wrong(annotate.annotate(founding, claims, by_hash=False))
    assert right >= 24
    assert wrong <= 1


@pytest.mark.real_data
def test_no_sentence_of_the_founding_text_is_in_the_library(founding, claims):
    told = {normalised(text) for claim in claims for text in (claim.paraphrase, *claim.cues)}
    assert not told & {normalised(sentence.text) for sentence in sentences(founding)}


def test_the_same_told_in_other_words_is_found(claims):
    """Three in four of our own sentences, and hardly ever the wrong claim."""
    told = [sentence for sentence, _ in RETOLD]
    text = "\n\n".join(" ".join(told[i : i + 4]) for i in range(0, len(told), 4))
    read = annotate.annotate(text, claims)
    known = {claim.id for claim in claims if claim.cues}
    right = wrong = asked = 0
    for match, (_, accepted) in zip(read.matches, RETOLD, strict=True):
        if not known & set(accepted.split()):
            continue
        asked += 1
        if match is not None:
            hit = match.claims[0] in accepted.split()
            right, wrong = right + hit, wrong + (not hit)
    assert right >= 0.75 * asked
    assert wrong <= 0.05 * asked


@pytest.mark.parametrize("threshold", [0.48, annotate.THRESHOLD])
def test_weather_sport_and_other_markets_state_nothing(claims, threshold, monkeypatch):
    monkeypatch.setattr(annotate, "THRESHOLD", threshold)
    for text in (ELSEWHERE, *ELSEWHERE.splitlines()):
        assert annotate.annotate(text, claims).n_marked == 0


def test_what_is_said_of_silver_and_bitcoin_is_not_always_a_claim(claims):
    together = annotate.annotate("\n\n".join(("Silver and Bitcoin", *SAME_SUBJECT)), claims)
    assert together.n_marked == 0
    for sentence in SAME_SUBJECT:
        assert annotate.annotate(sentence, claims).n_marked == 0, sentence


WORDS = st.text(alphabet=string.ascii_letters + "0123456789", min_size=1, max_size=8)


@given(words=st.lists(WORDS, min_size=1, max_size=12), seed=st.integers(0, 99))
def test_case_blanks_and_stops_change_no_hash(words, seed):
    dice = random.Random(seed)  # noqa: S311 - no secret hangs on it
    plain = " ".join(words)
    dressed = "".join(
        (word.upper() if dice.random() < 0.5 else word.lower())
        + dice.choice([" ", ", ", " — ", "\n"])
        for word in words
    )
    assert normalised(plain) == normalised(f"“{dressed}”.")
    assert digest(plain) == digest(f"“{dressed}”.")
    assert len(digest(plain)) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bitcoin hasn’t followed.", "bitcoin hasn't followed"),
        ("A “dual role”—both", "a 'dual role' - both"),
        ("by-product", "by product"),
        ("①ﬁrst", "1first"),
        ("straße", "STRASSE"),
    ],
)
def test_writings_of_one_sentence_have_one_hash(one, other):
    assert digest(one) == digest(other)


def test_other_words_have_other_hashes():
    assert digest("Bitcoin follows silver.") != digest("Silver follows Bitcoin.")


def split(text):
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One is here. Two is there.", ["One is here.", "Two is there."]),
        ("It rose 3.5 percent. Then it fell.", ["It rose 3.5 percent.", "Then it fell."]),
        ("The U.S. Treasury sold bonds.", ["The U.S. Treasury sold bonds."]),
        ("Prices, e.g. Silver, rose. OK?", ["Prices, e.g. Silver, rose.", "OK?"]),
        ("Mr. Smith left. Why? Nobody knows!", ["Mr. Smith left.", "Why?", "Nobody knows!"]),
        ("“It rose.” Then it fell.", ["“It rose.”", "Then it fell."]),
        ("He said: it rose. So it did.", ["He said: it rose.", "So it did."]),
        (
            "Here is what I saw: silver rose for weeks. Then it fell.",
            ["Here is what I saw:", "silver rose for weeks.", "Then it fell."],
        ),
        ("At 10:30 it rose… and fell.", ["At 10:30 it rose… and fell."]),
        ("No stop at all here", ["No stop at all here"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, parts):
    assert split(text) == parts


def test_lines_broken_at_one_width_are_one_paragraph():
    text = (
        "Silver has gone up for months and it has gone up faster since the\n"
        "year began. Bitcoin has not, and nobody has said why that should be\n"
        "so.\n\nA second paragraph."
    )
    found = sentences(text)
    assert [s.block for s in found] == [0, 0, 1]
    assert found[1].text.endswith("should be\nso.")


def test_headings_and_points_of_a_list_stand_alone():
    found = sentences(
        "# A title\n\nWhy silver rose\nIt rose for weeks.\n- One point.\n- Another one."
    )
    assert [s.heading for s in found] == [True, True, False, False, False]
    assert len({s.block for s in found}) == 5


def test_a_long_line_without_a_stop_is_no_heading():
    line = " ".join(["silver"] * 13)
    assert not sentences(line)[0].heading


@given(text=st.text(alphabet="abcDE .!?:\n\"'“”-–(1)", max_size=300))
def test_every_word_is_in_one_sentence_and_in_its_place(text):
    found = sentences(text)
    for sentence in found:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip()
    ends = [0, *(s.end for s in found)]
    starts = [*(s.start for s in found), len(text)]
    for end, start in zip(ends, starts, strict=True):
        assert end <= start
        assert not any(letter.isalnum() for letter in text[end:start])


def test_a_short_hash_counts_only_beside_a_longer_one():
    told = a_claim(quotes=(digest("It often does."), digest("The tide follows the moon by hours.")))
    alone = annotate.annotate("It often does. Nobody knows why it should be so.", [told])
    assert alone.n_marked == 0
    both = annotate.annotate("The tide follows the moon by hours. It often does.", [told])
    assert [m and m.how for m in both.matches] == ["quote", "quote"]


def test_one_sentence_may_state_several_claims_and_one_claim_several_sentences():
    first, second = "The tide follows the moon by hours.", "The moon is behind all of it."
    claims = [
        a_claim("A1", quotes=(digest(first),)),
        a_claim("A2", "The moon pulls", quotes=(digest(first), digest(second))),
    ]
    read = annotate.annotate(f"{first} {second}", claims)
    assert [m.claims for m in read.matches] == [("A1", "A2"), ("A2",)]
    assert read.stated == ("A1", "A2")


def test_a_denial_is_not_the_claim():
    told = [a_claim("A1", "The tide has not followed the moon")]
    assert annotate.annotate("The tide has not followed the moon so far.", told).n_marked == 1
    assert annotate.annotate("The tide has followed the moon so far.", told).n_marked == 0


def test_the_subject_may_stand_in_the_sentence_before(claims):
    near = "Silver keeps making news. It is a safe haven and an industrial metal at once."
    far = "Water keeps making news. It is a safe haven and an industrial metal at once."
    assert [m and m.claims[0] for m in annotate.annotate(near, claims).matches] == [None, "S15"]
    assert annotate.annotate(far, claims).n_marked == 0


def test_words_of_one_meaning_have_one_name():
    same = ("lower real yields", "falling real interest rates", "Real rates dropped.")
    assert {frozenset(concepts(text)) for text in same} == {frozenset({"weak", "realyield"})}
    assert concepts("silver rallied and rallies") == {"silver": 1, "rally": 2}
    assert not concepts("so it is, then")


def test_claims_without_quotes_or_cues_are_found_by_their_paraphrase():
    read = annotate.annotate("Sailors say the tide follows the moon.", [a_claim()])
    assert read.matches[0].claims == ("A1",)
    assert read.matches[0].how == "words"


@pytest.mark.parametrize("text", ["", " \n\t\n ", "...", "—"])
def test_no_words_no_sentences(text):
    assert annotate.annotate(text, [a_claim()]).sentences == ()


def test_no_claims_no_matches():
    assert annotate.annotate("The tide follows the moon.", []).matches == (None,)
