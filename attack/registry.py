"""What an attack is, and how one is run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attack.site.running import Site


@dataclass(frozen=True)
class Verdict:
    held: bool
    figure: str
    """What was seen, in a sentence."""


Act = Callable[[Site], Verdict]


@dataclass(frozen=True)
class Attack:
    name: str
    item: int
    """The point of issue 14 that it tries."""
    tries: str
    act: Act


def attack(name: str, item: int, tries: str) -> Callable[[Act], Attack]:
    """Make an attack of a function that tries it and tells whether the site held."""
    return lambda act: Attack(name, item, tries, act)


def choose(attacks: Sequence[Attack], names: Sequence[str]) -> list[Attack]:
    """Return the attacks with these names, or all. Raises ValueError for a name that no attack has."""
    if unknown := set(names) - {one.name for one in attacks}:
        raise ValueError(f"No attack is called {', '.join(sorted(unknown))}: make attack ARGS=--list lists them.")
    return [one for one in attacks if not names or one.name in names]


def run(one: Attack, site: Site) -> Verdict:
    """Run an attack. One that fails half-way did not hold: its figure says how it ended."""
    try:
        return one.act(site)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the next attack is tried
        return Verdict(held=False, figure=f"It ended half-way: {type(error).__name__}: {error}"[:300])
