"""The script that Streamlit runs for every session; `dashboard/app.py` serves it."""

from dashboard.frame import run

run()
