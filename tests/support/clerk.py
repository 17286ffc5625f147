"""A real desk without Kafka: takes the gateway's actions, and writes its alerts and audit records to the gateway."""

import asyncio
from datetime import UTC, datetime

from alerts.alert import Action, Alert, Audit, Candidate, RuleMatch, WeightedRegion
from alerts.article import Article
from alerts.desk import Desk, Outputs
from alerts.verdict import Outcome, Priority
from consumers.gateway.newsdesk import Away
from support.newsroom import Newsroom


def make_candidate(uri: str = "urn:quake", region: str = "CL", **article: object) -> Candidate:
    """A first version that an urgent rule matches."""
    fields = {"source": "andes.example", "version": "1", "headline": "Strong quake near Arica", "language": "en"}
    return Candidate(
        article=Article.model_validate({"uri": uri, **fields, **article, "received": datetime.now(UTC)}),
        matched=True,
        outcome=Outcome.BREAKING,
        matches=(RuleMatch(rule="quakes", priority=Priority.URGENT, topic="disaster"),),
        regions=(WeightedRegion(code=region, name=region, weight=1.0),),
    )


class Clerk:
    """The outbox of a gateway, and the desk at its other end.

    `silent` holds answers back until `speak`; `away` refuses actions as Kafka does when it is not there.
    """

    @property
    def asked(self) -> int:
        """How many answers are held back."""
        return len(self._held)

    def __init__(self) -> None:
        self.desk = Desk()
        self.rooms: list[Newsroom] = []
        self.alerts: list[Alert] = []
        self.audits: list[Audit] = []
        self.silent = False
        self.away = False
        self._held: list[Outputs] = []

    async def send(self, action: Action) -> None:
        """As the outbox of `consumers.gateway.newsdesk`."""
        if self.away:
            raise Away("Kafka is not there")
        # As on the topic: through JSON, and never before the sender has gone on.
        outputs = self.desk.handle(Action.from_json(action.to_json()), datetime.now(UTC))
        if self.silent:
            self._held.append(outputs)
        else:
            await asyncio.sleep(0)
            await self._write(outputs)

    async def speak(self) -> None:
        """Answer what was held back."""
        self.silent, held = False, self._held
        self._held = []
        for outputs in held:
            await self._write(outputs)

    async def report(self, candidate: Candidate) -> str:
        """An article comes in; answers the id of its alert."""
        await self._write(self.desk.handle(candidate, datetime.now(UTC)))
        return self.alerts[-1].id

    async def desk_corrects(self, alert: str) -> None:
        """Another editor's correction, that nobody here waits for."""
        action = Action(
            id="elsewhere",
            alert=alert,
            revision=1,
            do="correct",
            by="zoe",
            role="editor",
            at=datetime.now(UTC),
            headline="Corrected elsewhere",
        )
        await self._write(self.desk.handle(action, datetime.now(UTC)))

    async def _write(self, outputs: Outputs) -> None:
        self.alerts += outputs.alerts
        first = len(self.audits)
        self.audits += outputs.audit
        for room in self.rooms:
            await room.publish(*outputs.alerts)
            for offset in range(first, len(self.audits)):
                room.gateway.newsdesk.hear(offset, self.audits[offset])
