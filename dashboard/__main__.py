"""Start the app at 127.0.0.1:8501, or where `ATLAS_HOST` and `ATLAS_PORT` say: `python -m dashboard`."""

from dashboard.app import app
from dashboard.server import server_config

if __name__ == "__main__":
    app.run(config=server_config())
