"""The choice of the best free seats, on plans as text: s free, x taken, _ no seat, O chosen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinema.box_office.best_seats import Place, _runs, choose_best

# The machine may be busy.
without_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(plan):
    rows = plan.split()
    return [Place(line * 100 + column, line, column) for line, row in enumerate(rows) for column in range(len(row))]


def chosen(plan, quantity):
    rows = plan.split()
    room = [place for place in places(plan) if rows[place.line][place.column] != "_"]
    free = [place for place in room if rows[place.line][place.column] == "s"]
    picked = choose_best(room, free, quantity)
    if picked is None:
        return None
    assert len(set(picked)) == quantity
    assert set(picked) <= set(free)
    drawn = [list(row) for row in rows]
    for place in picked:
        drawn[place.line][place.column] = "O"
    return " ".join("".join(row) for row in drawn)


@pytest.mark.parametrize(
    ("plan", "quantity", "picture"),
    [
        # In the middle, two thirds from the screen.
        ("sssss sssss sssss sssss", 1, "sssss sssss ssOss sssss"),
        ("ssssssssss ssssssssss ssssssssss ssssssssss", 2, "ssssssssss ssssssssss ssssOOssss ssssssssss"),
        ("sssssss sssssss sssssss sssssss", 3, "sssssss sssssss ssOOOss sssssss"),
        ("s", 1, "O"),
        # Together a little further off rather than apart.
        ("sssss sssss sxsxs sssss", 2, "sssss sssss sxsxs OOsss"),
        # An aisle separates people.
        ("ss_sss ss_sss ss_sss ss_sss", 3, "ss_sss ss_sss ss_OOO ss_sss"),
        # In as few parts as possible, and near one another.
        ("ssxss xxxxx xxxxx ssxxx", 4, "OOxOO xxxxx xxxxx ssxxx"),
        ("ss_ss ss_ss ss_ss ss_ss", 4, "ss_ss ss_ss OO_ss OO_ss"),
        # No one alone if the others can spare one.
        ("sssx xssx", 4, "sOOx xOOx"),
        ("sssx xxsx", 4, "OOOx xxOx"),
        ("sxs xxx sxs", 4, "OxO xxx OxO"),
        # No single seat is left over, nor an odd number, where another place is nearly as good.
        ("sss", 2, "OOs"),
        ("ssss", 2, "OOss"),
        ("ssss", 1, "Osss"),
        ("ssssssss", 2, "ssOOssss"),
        # Too few seats.
        ("sxs", 3, None),
        ("xxx", 1, None),
    ],
)
def test_the_best_seats_of_a_plan(plan, quantity, picture):
    assert chosen(plan, quantity) == picture


@pytest.mark.parametrize("seats_per_row", [8, 10, 12])
def test_a_room_fills_with_pairs_that_sit_together(seats_per_row):
    plan = " ".join(["s" * seats_per_row] * 6)
    for _ in range(seats_per_row * 3):
        before, plan = plan, chosen(plan.replace("O", "x"), 2)
        assert "OO" in plan, before
    assert set(plan) == {"x", "O", " "}


@without_deadline
@given(st.lists(st.text("sx_", min_size=12, max_size=12), min_size=1, max_size=12), st.integers(1, 20))
def test_seats_are_found_in_any_plan_that_has_enough(rows, quantity):
    plan = " ".join(rows)
    enough = plan.count("s") >= quantity
    assert (chosen(plan, quantity) is not None) is enough


@without_deadline
@given(st.lists(st.text("sx_", min_size=12, max_size=12), min_size=1, max_size=12), st.integers(1, 12))
def test_a_group_sits_together_wherever_that_is_possible(rows, quantity):
    plan = " ".join(rows)
    picture = chosen(plan, quantity)
    if "s" * quantity in plan:
        assert "O" * quantity in picture


def test_runs_end_at_gaps_lines_and_taken_seats():
    free = [Place(1, 0, 4), Place(2, 0, 0), Place(3, 0, 1), Place(4, 1, 2), Place(5, 0, 3)]
    assert [[place.pk for place in run] for run in _runs(free)] == [[2, 3], [5, 1], [4]]
