"""`/v1/auth/me/devices`: what the caller's account has logged in from."""

from dataclasses import dataclass
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation
from api.http.schemas import Answer, Moment, answer
from ostiary.errors import NotFound, Unavailable
from ostiary.protection.devices import Devices


class DeviceItem(Answer):
    id: UUID
    created_at: Moment
    last_seen_at: Moment
    user_agent: str
    trusted_until: Moment | None
    current: bool


class DeviceList(Answer):
    items: list[DeviceItem]


@dataclass(frozen=True)
class DevicesResource:
    devices: Devices

    @operation("List devices", answers={200: DeviceList}, refuses=(Unavailable,), bearer=True)
    def on_get(self, req: Request, resp: Response) -> None:
        """At most 50, the one seen last first; `current` is the device of this session."""
        caller = req.context.caller
        items = [
            DeviceItem(**known._asdict(), trusted_until=None, current=known.id == caller.device_id)
            for known in self.devices.of(caller.account_id)
        ]
        answer(resp, 200, DeviceList(items=items))

    @operation("End all other devices", answers={204: None}, refuses=(Unavailable,), bearer=True)
    def on_delete(self, req: Request, resp: Response) -> None:
        """Their tokens are no device tokens any more; their sessions go on."""
        caller = req.context.caller
        self.devices.end_all(caller.account_id, but=caller.device_id)
        answer(resp, 204)


@dataclass(frozen=True)
class DeviceResource:
    devices: Devices

    @operation("End a device", answers={204: None}, refuses=(NotFound, Unavailable), bearer=True)
    def on_delete(self, req: Request, resp: Response, device_id: UUID) -> None:
        """The current one too; its session goes on. Another account's is not found."""
        self.devices.end(device_id, account_id=req.context.caller.account_id)
        answer(resp, 204)
