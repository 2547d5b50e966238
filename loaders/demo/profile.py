"""The tables the demo city is made by (`profile.toml`, `words.toml`) and its streams of chance."""

import tomllib
import zlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from loaders import reference

HERE = Path(__file__).parent
Size = Literal["tiny", "small", "large"]


@cache
def profile() -> dict[str, Any]:
    """The figures of the demo city."""
    return tomllib.loads((HERE / "profile.toml").read_text(encoding="utf-8"))


@cache
def words() -> dict[str, Any]:
    """The word lists of the demo city."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


@cache
def zones() -> dict[str, str]:
    """The zone of each district for its mix of ages: core, central or outer."""
    rows = reference.districts()
    return {
        c: z if z in ("core", "central") else "outer"
        for c, z in zip(rows["district_code"], rows["zone"], strict=True)
    }


def district_codes(size: Size) -> tuple[str, ...]:
    """The districts that a size of the city fills, in order of their code."""
    return tuple(profile()["sizes"][size]["districts"] or sorted(profile()["districts"]))


def programme_table(codes: tuple[str, ...]) -> pd.DataFrame:
    """What each district has set itself and done, indexed by district code; counts, and investment in 万元."""
    held = profile()["programme"]
    return pd.DataFrame(held["rows"], columns=held["columns"]).set_index("code").loc[list(codes)]


def stream(seed: int, name: str) -> np.random.Generator:
    """The stream of chance of one part of the city: parts do not disturb each other when one is changed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def shared_out(total: int, weights: np.ndarray) -> np.ndarray:
    """A whole number shared out by weights, largest remainders first; adds up exactly."""
    share = np.asarray(weights, float)
    if total <= 0 or share.sum() <= 0:
        return np.zeros(len(share), dtype=np.int64)
    exact = total * share / share.sum()
    out = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - out), kind="stable")[: total - int(out.sum())]
    out[rest] += 1
    return out
