"""A peer: the footprints of the whole city as GeoJSON in a folium map, as st_folium shows it."""

import folium
import streamlit as st
from streamlit_folium import st_folium

from dashboard.map_styles import MAP_HEIGHT_PX
from dashboard.scale import DECADES
from tests.bench.footprints import held_footprints

folium.Map.default_js = [("leaflet", "/bench/leaflet-1.9.4/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/bench/leaflet-1.9.4/leaflet.css")]


@st.cache_resource
def _map() -> folium.Map:
    made = folium.Map(location=[39.92, 116.40], zoom_start=11, tiles=None, prefer_canvas=True)
    folium.GeoJson(
        held_footprints(),
        style_function=lambda f: {
            "fillColor": DECADES.get(f["properties"]["decade"], "#999999"),
            "weight": 0,
            "fillOpacity": 0.9,
        },
    ).add_to(made)
    return made


left, _ = st.columns([70, 30], gap="small")
with left:
    st_folium(_map(), height=MAP_HEIGHT_PX, use_container_width=True, returned_objects=[], key="peer")
st.html('<i class="bench-end"></i>')
