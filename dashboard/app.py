"""The app: pages, static files and headers in one process.

Started by `python -m dashboard`, or by `streamlit run dashboard/app.py` as anyone would try it.
"""

import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
if str(PROJECT_DIR) not in sys.path:
    # `streamlit run dashboard/app.py` puts only dashboard/ on the path.
    sys.path.insert(0, str(PROJECT_DIR))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from dashboard.basemap import BasemapService, basemap  # noqa: E402
from dashboard.index_page import OwnIndexPage  # noqa: E402
from dashboard.map_layers import LAYERS  # noqa: E402
from dashboard.map_still import StillService  # noqa: E402
from dashboard.memory import give_back  # noqa: E402
from dashboard.server import lifespan_with, login_secrets, middleware, refuse_open_demo  # noqa: E402
from dashboard.session_requests import (  # noqa: E402
    OnlyTrustedProxies,
    access_of,
    seen_by_request,
    start_page_token,
)
from dashboard.tiles import TileService  # noqa: E402
from dashboard.words import Words  # noqa: E402
from loaders.settings import settings  # noqa: E402

give_back()
refuse_open_demo(settings())
LANG = settings().lang
own_page = Middleware(OwnIndexPage, title=Words(LANG).say("product.name"), lang=LANG, token=start_page_token)

tiles = TileService(LAYERS, allow=access_of)
under = basemap()

app = st.App(
    Path(__file__).parent / "entry.py",
    secrets=login_secrets(settings()),
    routes=[
        *tiles.routes(),
        *StillService(seen_by_request).routes(),
        *(BasemapService(under, access_of).routes() if under else []),
    ],
    middleware=[*middleware(), Middleware(OnlyTrustedProxies), own_page],
    lifespan=lifespan_with(tiles.warm_up),
)
