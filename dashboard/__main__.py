"""Start the app at 127.0.0.1:8501, or where `ATLAS_HOST` and `ATLAS_PORT` say: `python -m dashboard`."""

from streamlit.web import bootstrap

from dashboard.server import server_config


def main() -> None:
    """Serve until stopped."""
    config = server_config()
    # Known before the app is made: Streamlit otherwise says on every start that its options have changed.
    bootstrap.load_config_options(config)
    from dashboard.app import app

    app.run(config=config)


if __name__ == "__main__":
    main()
