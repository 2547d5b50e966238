"""The city that stands: what a topic of the demo city may read before it adds its own rows."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loaders.demo.profile import Size, stream

Layers = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class StandingCity:
    """What a topic may read: the tables so far, the day up to which the programme runs, and its own chance."""

    size: Size
    seed: int
    as_of: dt.date
    layers: Layers

    def stream(self, name: str) -> np.random.Generator:
        """A stream of random numbers that belongs to one topic alone."""
        return stream(self.seed, name)
