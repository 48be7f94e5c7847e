"""How the worker bears the loss of Redis: tasks go on, and its event loop waits for nobody."""

from celery.worker import heartbeat
from kombu.transport import redis


class Acknowledgements(redis.QoS):
    """Kombu would hand a lost connection's tasks back through that very connection, and die of it.

    Ours come again after the visibility timeout, and find their work done.
    """

    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        if not self.channel.closed:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002
        if not self.channel.closed:
            super().reject(delivery_tag, requeue)


class Heart(heartbeat.Heart):
    """Celery would repeat a heartbeat until Redis is back, deaf to SIGTERM all the while."""

    def _send(self, event: str, **_: object) -> object:
        return super()._send(event, retry=False)  # type: ignore[misc]


def bear_lost_connections() -> None:
    redis.Channel.QoS = Acknowledgements
    heartbeat.Heart = Heart  # type: ignore[misc]
