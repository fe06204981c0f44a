from oneapi.billing.entries import Payer, Reserve
from oneapi.billing.open_reservations import OpenReservations

USER, TOKEN = ("user", 1), ("token", 2)


def wish(request_id: str, amount: int, *, now_s: int = 100) -> Reserve:
    return Reserve(
        request_id=request_id, payer=Payer(1, 2), amount=amount, owner="node", now_s=now_s
    )


def test_what_is_held_is_summed_up_by_user_and_by_token() -> None:
    held = OpenReservations()

    held.add(wish("a", 10))
    held.add(wish("b", 5))

    assert (held.held_of(USER), held.held_of(TOKEN)) == (15, 15)
    assert held.held_of(("user", 9)) == 0


def test_a_closed_one_holds_nothing_however_often_it_is_closed() -> None:
    held = OpenReservations()
    held.add(wish("a", 10))
    held.add(wish("b", 5))

    held.remove("a")
    held.remove("a")

    assert held.held_of(USER) == 5
    assert "a" not in held
    assert "b" in held


def test_old_ones_are_found() -> None:
    held = OpenReservations()
    held.add(wish("old", 1, now_s=100))
    held.add(wish("young", 1, now_s=130))

    assert held.made_before(130) == ["old"]
