"""The bench's own app: the product's server, headers and frame around the bench's pages (`views/`).

`python -m tests.bench.app` serves it like `python -m dashboard` serves the product, on the same store. It has no
tiles. The page is told by the query: `?view=empty` and so on.
"""

import os
from pathlib import Path

from streamlit.web import bootstrap

from dashboard.server import server_config

HERE = Path(__file__).resolve().parent
#: Leaflet and what the peers need, where the page's own server can hand it out.
ASSETS_ENV = "BENCH_ASSETS"


def main() -> None:
    """Serve until stopped."""
    config = server_config()
    bootstrap.load_config_options(config)
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    from dashboard.index_page import OwnIndexPage
    from dashboard.server import middleware
    from dashboard.static_files import STATIC_DIR

    assets = os.environ.get(ASSETS_ENV)
    app = st.App(
        HERE / "app_entry.py",
        routes=[
            # The product's own files, which its start page names: Streamlit looks for them beside this app's entry.
            Mount("/app/static", StaticFiles(directory=STATIC_DIR)),
            *([Mount("/bench", StaticFiles(directory=assets))] if assets else []),
        ],
        middleware=[*middleware(), Middleware(OwnIndexPage, title="bench", lang="en")],
    )
    app.run(config=config)


if __name__ == "__main__":
    main()
