"""What the data doctor found out about one file."""

from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd

from loaders.field_names import Guess
from loaders.findings import Finding
from loaders.readers.raw import RawTable

_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class FieldProfile:
    """One column: how its values read, how many there are, and which field of the store it may fill."""

    name: str
    kind: Guess
    filled: int
    distinct: int
    examples: list[str]
    suggested: str | None = None
    unit: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class DatumFound:
    """`wgs84`, `gcj02`, `bd09`, `projected:EPSG:n` or `unknown`, with the numbers it rests on."""

    verdict: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """All that was found out. `geometry` holds the shapes (or points from the coordinate columns) as in the file."""

    file_name: str
    rows: int
    encoding: str | None
    axes: Literal["xy", "yx"]
    datum: DatumFound
    crs: str | None
    geometry_kinds: dict[str, int]
    fields: list[FieldProfile]
    findings: list[Finding]
    raw: RawTable
    geometry: gpd.GeoSeries | None
    #: The shapes in EPSG:4326, read by the verdict; None where nothing can be told.
    placed: gpd.GeoSeries | None
    x: str | None = None
    y: str | None = None

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The shape that `doctor --json` prints; findings with the gravest first."""
        ordered = sorted(self.findings, key=lambda f: _ORDER[f.severity])
        return {
            "file": self.file_name,
            "rows": self.rows,
            "encoding": self.encoding,
            "axes": self.axes,
            "datum": {"verdict": self.datum.verdict, "evidence": self.datum.evidence},
            "crs": self.crs,
            "geometry": self.geometry_kinds,
            "x": self.x,
            "y": self.y,
            "fields": [f.as_json() for f in self.fields],
            "findings": [f.as_json(lang) for f in ordered],
        }
