"""A whole pipeline in one thread, on a clock of its own: the real roles over a log and a claim store in memory.

    world = World(seed)        # what happens and when follows from the seed
    world.run()                # to the end, in milliseconds of real time
    check(world)               # raises Broken, which names what does not hold

Real: `consumers.classifier`, `consumers.desk` with `consumers.office` and `consumers.election`, `alerts`. Simulated,
one file each: the clock (`clock`), the broker's log and transactions (`log`), consumer groups (`group`), Kafka's
clients with their delays and faults (`clients`), what Redis knows (`store`), processes that are killed and stopped
(`process`), the plan of what goes wrong (`plan`), and the truth to hold it against (`truth`).
"""

from support.sim.truth import Broken, check
from support.sim.world import World

__all__ = ["Broken", "World", "check"]
