"""Frames that the gateway makes of bytes, once for everybody: as classes only so that they have a schema."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.alert import Alert
from alerts.wire import Bye, Desk, Error, Expiring, Gap, Lag, Live, Ok, Pong, TrailPage, Welcome


class AlertFrame(BaseModel):
    """An alert revision, the same bytes for every recipient."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Literal["alert"]
    seq: int
    """The revision's offset on topic `alerts`."""
    alert: Alert


class HeartbeatFrame(BaseModel):
    """Everything up to `seq` that matched was sent."""

    type: Literal["heartbeat"]
    seq: int


class HistoryItem(BaseModel):
    """One earlier revision."""

    seq: int
    alert: Alert


class HistoryFrame(BaseModel):
    """The answer to `history`, newest first."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Literal["history"]
    req: int
    items: list[HistoryItem]
    more: bool
    next: int | None = None
    """`before` of the following page, if there is more."""


ServerFrame = Annotated[
    Welcome
    | AlertFrame
    | Live
    | HeartbeatFrame
    | Ok
    | HistoryFrame
    | Pong
    | Gap
    | Lag
    | Expiring
    | Desk
    | TrailPage
    | Error
    | Bye,
    Field(discriminator="type"),
]
