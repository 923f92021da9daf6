"""What facts share that are read in several ways: a base rate, and how many readings agree."""

from leadline.evidence.base import NumberShown, Wording

Shown = tuple[str, float, str]
"""A label, the value, and the value in words."""


def wording(base: float, *, satisfied: bool, when: str = "on an ordinary earlier day") -> Wording:
    """Call the words informative where they are true at most half of the time."""
    return Wording(
        criterion=f"the same words are true {when}",
        share=base,
        satisfied=satisfied,
        informative=base <= 0.5,
    )


def numbers(
    size: Shown, base: float, usual: str, agree: tuple[int, int], compared: Shown
) -> tuple[NumberShown, ...]:
    """Give the four numbers of a fact.

    ``usual`` words the base rate, ``agree`` counts the readings that agree and all of them, and
    ``compared`` is what the fact was compared with.
    """
    return (
        NumberShown(name="size", label=size[0], value=size[1], text=size[2]),
        NumberShown(name="odds", label="base rate", value=base, text=usual),
        NumberShown(
            name="power",
            label="readings that agree",
            value=agree[0],
            text=f"{agree[0]} of {agree[1]} readings of the words agree",
        ),
        NumberShown(name="episodes", label=compared[0], value=compared[1], text=compared[2]),
    )
