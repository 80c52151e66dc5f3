"""What becomes of a message: delivered once, or visibly dead."""

from __future__ import annotations

import asyncio
import time

from api.notifying.outbox import PAUSES_SECONDS
from api.notifying.wire import Answered, Outgoing, Wire
from domain import events as e
from domain.vocabulary import SECOND
from tests.domain.telling import at, offered

from .conftest import Receiver, Telling, slowly

EARLY = "16 08:00"
BREACH = {"promise": "decide.mql", "notices": ("breached",)}
DUE = at("16 12:00")


def broken(telling: Telling, *urls: str) -> None:
    """A decision due at noon that nobody makes, with a subscription for each address."""
    for number, url in enumerate(urls):
        telling.subscribe(EARLY, url, f"s{number}", **BREACH)
    telling.tell(offered())


def through_every_attempt(telling: Telling) -> None:
    """Looks at each instant of the schedule, a little later each time."""
    now = DUE + 60 * SECOND
    for pause in (0, *PAUSES_SECONDS, 86_400):
        now += (pause + 30) * SECOND
        telling.pass_at(now)


def test_what_is_taken_is_delivered_once(telling: Telling, receiver: Receiver) -> None:
    broken(telling, receiver.url)
    telling.pass_at("16 12:01")
    telling.pass_at("16 12:02")
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.attempts, delivery.status, delivery.next_at) == ("delivered", 1, 204, None)
    assert receiver.ids == [delivery.id]
    assert receiver.taken[0][1] == delivery.body


def test_a_receiver_that_is_down_for_an_hour_gets_every_message_once(telling: Telling, receiver: Receiver) -> None:
    broken(telling, receiver.url)

    async def down(_message: Outgoing) -> Answered:
        return Answered(None, "The connection failed.")

    wire, telling.post = telling.post, down
    telling.pass_through("16 12:01", "16 13:00", 300)
    assert [(one.state, one.attempts) for one in telling.deliveries("s0")] == [("pending", 4)]
    telling.post = wire
    telling.restart()
    telling.pass_through("16 13:00", "16 16:00", 600)
    assert [(one.state, one.attempts) for one in telling.deliveries("s0")] == [("delivered", 5)]
    assert len(receiver.ids) == 1


def test_one_that_answers_500_for_days_leaves_a_dead_letter_that_says_so(telling: Telling, receiver: Receiver) -> None:
    receiver.behave = lambda: (500, {}, b"out of \x07 order\n")
    broken(telling, receiver.url)
    through_every_attempt(telling)
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.attempts, delivery.status, delivery.note) == ("dead", 10, 500, "out of  order")
    assert receiver.ids == [delivery.id] * 10


def test_the_attempts_reach_over_three_days(telling: Telling) -> None:
    assert sum(PAUSES_SECONDS) > 3 * 86_400
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)


def test_a_dead_letter_sent_again_keeps_its_name(telling: Telling, receiver: Receiver) -> None:
    receiver.behave = lambda: (500, {}, b"")
    broken(telling, receiver.url)
    through_every_attempt(telling)
    (dead,) = telling.deliveries("s0")
    receiver.behave = lambda: (200, {}, b"thanks")
    now = telling.ledger.now
    assert telling.outbox.send_again("wh_s0", dead.id, now)
    telling.pass_at(now)
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.status, delivery.note) == ("delivered", 200, "thanks")
    assert set(receiver.ids) == {delivery.id}
    assert not telling.outbox.send_again("wh_s0", dead.id, now)


def test_a_redirect_is_not_followed_anywhere(telling: Telling, receiver: Receiver, other_receiver: Receiver) -> None:
    receiver.behave = lambda: (307, {"location": other_receiver.url}, b"")
    broken(telling, receiver.url)
    through_every_attempt(telling)
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.status, delivery.note) == ("dead", 307, "A redirect, which is not followed.")
    assert other_receiver.ids == []


def test_a_private_address_is_visibly_dead_and_never_reached(telling: Telling, receiver: Receiver) -> None:
    telling.post = Wire(allow_private=False).post
    broken(telling, receiver.url)
    through_every_attempt(telling)
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.status) == ("dead", None)
    assert "private address" in str(delivery.note)
    assert receiver.ids == []


def test_a_slow_receiver_is_tried_again_and_may_drop_the_repeat(telling: Telling, receiver: Receiver) -> None:
    receiver.behave = slowly
    broken(telling, receiver.url)
    telling.pass_at("16 12:01")
    (delivery,) = telling.deliveries("s0")
    assert (delivery.state, delivery.note) == ("pending", "No answer came within 1 seconds.")
    receiver.behave = lambda: (204, {}, b"")
    telling.pass_at("16 12:02")
    assert [one.state for one in telling.deliveries("s0")] == ["delivered"]
    assert receiver.ids == [delivery.id] * 2


def test_a_slow_receiver_holds_up_nobody_else(telling: Telling, receiver: Receiver, other_receiver: Receiver) -> None:
    receiver.behave = slowly
    broken(telling, receiver.url, other_receiver.url)
    arrived = []
    other_receiver.behave = lambda: (arrived.append(time.monotonic()), (204, {}, b""))[1]  # type: ignore[func-returns-value]
    begun = time.monotonic()
    telling.pass_at("16 12:01")
    assert arrived[0] - begun < 0.9
    assert [one.state for one in telling.deliveries("s1")] == ["delivered"]


def test_two_subscriptions_do_not_disturb_each_other(telling: Telling, receiver: Receiver, other_receiver: Receiver) -> None:
    receiver.behave = lambda: (503, {}, b"")
    broken(telling, receiver.url, other_receiver.url)
    telling.pass_at("16 12:01")
    assert [one.state for one in telling.deliveries("s0")] == ["pending"]
    assert [one.state for one in telling.deliveries("s1")] == ["delivered"]
    assert telling.deliveries("s0")[0].id != telling.deliveries("s1")[0].id


def test_a_receiver_that_is_gone_for_good_closes_the_subscription(telling: Telling, receiver: Receiver) -> None:
    receiver.behave = lambda: (410, {}, b"")
    broken(telling, receiver.url)
    telling.pass_at("16 12:01")
    known = telling.ledger.book.shared().subscriptions.by_name["s0"]
    assert (known.state, known.closed_because) == ("closed", "gone")
    assert [one.state for one in telling.deliveries("s0")] == ["dead"]
    assert telling.outbox.claim("wh_s0", telling.ledger.now) is None


def test_while_a_subscription_is_paused_its_messages_wait(telling: Telling, receiver: Receiver) -> None:
    receiver.behave = lambda: (500, {}, b"")
    broken(telling, receiver.url)
    telling.pass_at("16 12:01")
    receiver.behave = lambda: (204, {}, b"")
    telling.act(e.SubscriptionPaused("s0"))
    telling.pass_at("16 12:10")
    assert [one.attempts for one in telling.deliveries("s0")] == [1]
    telling.act(e.SubscriptionResumed("s0"))
    telling.pass_at("16 12:11")
    assert [one.state for one in telling.deliveries("s0")] == ["delivered"]


def test_a_process_that_ends_while_sending_leaves_the_message_to_the_next(telling: Telling, receiver: Receiver) -> None:
    """It was claimed and nothing was heard of it: after two minutes somebody else tries, under the same name."""
    broken(telling, receiver.url)
    telling.ledger.now = at("16 12:01")
    telling.notifier._lookout.look()
    claimed = telling.outbox.claim("wh_s0", telling.ledger.now)
    assert claimed is not None
    telling.restart()
    telling.pass_at("16 12:02")
    assert receiver.ids == []
    telling.pass_at("16 12:04")
    assert receiver.ids == [claimed[0].id]
    assert [(one.state, one.attempts) for one in telling.deliveries("s0")] == [("delivered", 2)]


def test_two_processes_send_a_message_once(telling: Telling, receiver: Receiver) -> None:
    broken(telling, receiver.url)
    telling.ledger.now = at("16 12:01")
    first, second = telling.notifier, telling._begun()

    async def both() -> None:
        await asyncio.gather(first.pass_once(), second.pass_once())

    asyncio.run(both())
    assert len(receiver.ids) == len(telling.deliveries("s0")) == 1


def test_a_removed_subscription_leaves_no_secret_on_disk(telling: Telling, receiver: Receiver) -> None:
    broken(telling, receiver.url)
    telling.outbox.drop("wh_s0")
    path = telling.ledger.url.removeprefix("sqlite:///")
    for file in (path, f"{path}-wal"):
        with open(file, "rb") as stored:  # noqa: PTH123 - the file as bytes, whatever its name
            assert b"whsec_" not in stored.read()


def test_the_thread_tells_by_itself_and_stops_cleanly(telling: Telling, receiver: Receiver) -> None:
    broken(telling, receiver.url)
    telling.ledger.now = at("16 11:59")
    telling.notifier.begin()
    time.sleep(0.3)
    assert receiver.ids == []
    telling.ledger.now = at("16 12:01")
    begun = time.monotonic()
    while not receiver.ids and time.monotonic() - begun < 5:
        time.sleep(0.02)
    telling.notifier.close()
    assert [one.state for one in telling.deliveries("s0")] == ["delivered"]
    assert len(receiver.ids) == 1


def test_many_receivers_are_served_together(telling: Telling, receiver: Receiver) -> None:
    count, each_seconds = 40, 0.2
    receiver.behave = lambda: (time.sleep(each_seconds), (204, {}, b""))[1]  # type: ignore[func-returns-value]
    broken(telling, *([receiver.url] * count))
    begun = time.monotonic()
    telling.pass_at("16 12:01")
    assert time.monotonic() - begun < count * each_seconds
    assert len(receiver.ids) == len(set(receiver.ids)) == count
