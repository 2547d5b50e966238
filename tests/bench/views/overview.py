"""An empty page in the product's frame: nothing but a switch to ask for a run."""

import streamlit as st

st.checkbox("bench", key="bench_check")
st.html('<i class="bench-end"></i>')
