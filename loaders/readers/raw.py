"""What reading gives: the rows as they stand in the file, untouched, with what was noticed on the way."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from loaders.findings import Finding


@dataclass(frozen=True)
class RejectedRow:
    """A row that cannot be data: `index` is its label in the frame, `row_number` what the user sees."""

    index: int
    row_number: int
    value: str | None
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """One table of a file.

    `frame` holds the values as found: text from CSV and Excel (missing where a cell is empty), the file's own types
    otherwise. `geometry` (same index) has the file's own coordinates and no CRS; it is None where the file has no
    shapes. `crs` is what the file declares, None where it declares nothing. `row_number` counts from 1 as the user
    sees it: the sheet's row in CSV and Excel, the position of the feature or record elsewhere.
    """

    frame: pd.DataFrame
    geometry: gpd.GeoSeries | None
    crs: str | None
    row_number: pd.Series
    encoding: str | None
    driver: str
    layer: str | None
    layers: tuple[str, ...]
    notes: tuple[Finding, ...]
    rejected_rows: tuple[RejectedRow, ...]
    file_name: str
    file_sha256: str
    size_bytes: int
