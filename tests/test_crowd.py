"""Workers see how many connections the others have, and who has more makes way."""

import os

from api.server.crowd import SEATS, Crowd, Seat


def seats(number: int) -> list[Seat]:
    crowd, taken = Crowd(), list[Seat]()
    for _ in range(number):
        taken.append(crowd.seat(taken))
    return taken


def test_whoever_has_more_makes_way() -> None:
    one, other = seats(2)
    one.tell(5)
    other.tell(3)
    assert (one.has_more_than_another(), other.has_more_than_another()) == (True, False)


def test_one_more_is_no_reason() -> None:
    one, other = seats(2)
    one.tell(4)
    other.tell(3)
    assert not one.has_more_than_another()


def test_whoever_has_left_or_never_came_is_nobody() -> None:
    one, other, _ = seats(3)
    other.tell(0)
    one.tell(100)
    other.leave()
    assert not one.has_more_than_another()


def test_a_forked_process_tells_all_the_others() -> None:
    one, other = seats(2)
    one.tell(9)
    if (child := os.fork()) == 0:
        other.tell(0)
        os._exit(os.EX_OK)
    os.waitpid(child, 0)
    assert one.has_more_than_another()


def test_the_seat_of_one_who_has_gone_is_given_anew() -> None:
    crowd = Crowd()
    first = crowd.seat([])
    second = crowd.seat([first])
    assert crowd.seat([second]) == first


def test_more_than_there_are_seats_find_one() -> None:
    assert seats(SEATS + 2)[-1].number == SEATS - 1


def test_seats_of_before_a_reload_are_not_in_the_way() -> None:
    assert Crowd().seat(seats(2)).number == 0
