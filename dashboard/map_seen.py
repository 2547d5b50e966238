"""The rows of the map that the person of this session may see; the archive's own rows are everybody's."""

import pandas as pd

from dashboard.map_layers import LAYERS
from dashboard.session import current_principal
from dashboard.session_requests import areas_of
from dashboard.state import worked_out


def seen_rows(name: str) -> pd.DataFrame:
    """The rows of `communities` or `buildings` as `LAYERS.rows` has them, of the person's areas; never change them."""
    rows = LAYERS.rows(name)
    codes = areas_of(current_principal())
    if codes is True:
        return rows

    def own() -> pd.DataFrame:
        assert not isinstance(codes, bool)
        kept = rows["district"].isin([int(c) for c in codes if len(c) == 6])
        kept |= rows["subdistrict"].isin([int(c) for c in codes if len(c) > 6])
        return rows[kept]

    found: pd.DataFrame = worked_out("map.rows", (name, LAYERS.revision()), own)
    return found
