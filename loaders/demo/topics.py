"""The demo city's working life, topic by topic: each topic adds the rows of its own tables to the city that stands.

A topic is a function `rows(city) -> Layers`: it reads the tables that are there (`city.layers`, with the columns of
the store), draws from a stream of its own (`city.stream("name")`), and returns frames by table name. What it leaves out
stays empty. A later topic sees what an earlier one brought.
"""

import datetime as dt
from collections.abc import Callable

from loaders.demo.profile import Size
from loaders.demo.standing import Layers, StandingCity

# isort: split
# The topics come after the two names above, so that a topic may take them from here.
from loaders.demo import content, designs, duties, finance, gates, issues, long_term, stock

Topic = Callable[[StandingCity], Layers]
#: In the order in which they are asked.
TOPICS: tuple[Topic, ...] = (
    gates.rows,
    content.rows,
    finance.rows,
    long_term.rows,
    issues.rows,
    duties.rows,
    stock.rows,
    designs.rows,
)


def topic_rows(size: Size, seed: int, as_of: dt.date, layers: Layers) -> Layers:
    """The rows of every topic, added up by table."""
    held: Layers = dict(layers)
    for rows in TOPICS:
        held |= rows(StandingCity(size, seed, as_of, held))
    return {name: rows for name, rows in held.items() if name not in layers}
