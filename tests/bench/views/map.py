"""A map without layers, as high and wide as the product's: what panning costs when there is nothing to draw."""

import pydeck as pdk
import streamlit as st

from dashboard.map_styles import MAP_HEIGHT_PX

left, _ = st.columns([70, 30], gap="small")
with left:
    lon, lat, zoom = (float(part) for part in st.query_params.get("look", "116.4,39.92,13").split(","))
    st.pydeck_chart(
        pdk.Deck(
            layers=[],
            initial_view_state=pdk.ViewState(longitude=lon, latitude=lat, zoom=zoom),
            map_provider=None,
            tooltip=False,
        ),
        height=MAP_HEIGHT_PX,
        width="stretch",
    )
st.html('<i class="bench-end"></i>')
