"""A peer: the footprints of the whole city inlined into a pydeck GeoJsonLayer."""

import pydeck as pdk
import streamlit as st

from dashboard.map_styles import MAP_HEIGHT_PX
from dashboard.scale import DECADES
from tests.bench.footprints import held_footprints


@st.cache_resource
def _deck() -> pdk.Deck:
    rows = held_footprints().copy()
    rgb = {code: [int(colour[i : i + 2], 16) for i in (1, 3, 5)] for code, colour in DECADES.items()}
    rows["fill"] = rows["decade"].map(rgb)
    return pdk.Deck(
        layers=[
            pdk.Layer(
                "GeoJsonLayer", data=rows, get_fill_color="properties.fill", stroked=False, pickable=True
            )
        ],
        initial_view_state=pdk.ViewState(longitude=116.40, latitude=39.92, zoom=10.3),
        map_provider=None,
        tooltip=False,
    )


left, _ = st.columns([70, 30], gap="small")
with left:
    st.pydeck_chart(_deck(), height=MAP_HEIGHT_PX, width="stretch")
st.html('<i class="bench-end"></i>')
