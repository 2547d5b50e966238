"""The file chooser in the page's language: Streamlit's own English words are hidden and ours stand in their place."""

from dashboard.markup import element, show

_ZONE = '[data-testid="stFileUploaderDropzone"]'
_TOLD = f'{_ZONE} [data-testid="stFileUploaderDropzoneInstructions"]'


def chooser_words(drop: str, limit: str, browse: str) -> None:
    """Say what may be dropped, what the limit is, and what the button does, on every chooser of the page."""
    told, limits, button = (_quoted(text) for text in (drop, limit, browse))
    rules = [
        f"{_TOLD} span, {_TOLD} small {{ display: none; }} {_TOLD} {{ display: block; }}",
        f'{_TOLD}::before {{ content: "{told}"; display: block; font-size: 14px; }}',
        f'{_TOLD}::after {{ content: "{limits}"; display: block; font-size: 12px; color: #55606b; }}',
        f"{_ZONE} button, {_ZONE} button * {{ font-size: 0 !important; }}",
        f'{_ZONE} button::after {{ content: "{button}"; font-size: 14px; }}',
    ]
    show(element("style", "\n".join(rules)))


def _quoted(text: str) -> str:
    return text.replace("\\", "").replace('"', "'").replace("<", "").replace("\n", " ")
