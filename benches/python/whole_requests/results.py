"""What was measured, as far as the report needs it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rounds import Series

from whole_requests.phases import DEFAULT, Phase, Variant


@dataclass
class Measured:
    """What one variant takes for one piece of work, by rounds."""

    statements: int
    hops: int
    whole: Series = field(default_factory=Series)
    bare: Series = field(default_factory=Series)

    @property
    def added(self) -> Series:
        """What is above the bare view; all of it where there is none."""
        if not self.bare.values:
            return self.whole
        pairs = zip(self.whole.values, self.bare.values, strict=True)
        # Less than nothing is a round that somebody disturbed.
        return Series([max(1, whole - bare) for whole, bare in pairs])


@dataclass
class Results:
    """What was found in all phases.

    Attributes:
        ground: The versions of what all sites stand on.
        packages: The versions of the libraries, by variant.
        absent: Why a variant was not measured.
        taken_flaws: What a variant lets in.
        found: What was measured, by phase, work and variant.
    """

    ground: list[str] = field(default_factory=list)
    packages: dict[Variant, str] = field(default_factory=dict)
    absent: dict[Variant, str] = field(default_factory=dict)
    taken_flaws: dict[Variant, set[str]] = field(default_factory=dict)
    found: dict[tuple[Phase, str], dict[Variant, Measured]] = field(default_factory=dict)

    def measured(self, phase: Phase, work: str, variant: Variant) -> Measured | None:
        """What a variant took; None where it was not measured."""
        return self.found.get((phase, work), {}).get(variant)

    def ratio(self, phase: Phase, work: str, variant: Variant, to: Variant) -> float | None:
        """How many times as much as another a variant adds."""
        one, other = (self.measured(phase, work, each) for each in (variant, to))
        return one.added.over(other.added) if one and other else None

    def spreads(self) -> list[float]:
        """How far apart the quartiles of tegata's rounds are, for all that it was asked for."""
        found = (measured.get(DEFAULT) for measured in self.found.values())
        return [measured.added.spread for measured in found if measured]
