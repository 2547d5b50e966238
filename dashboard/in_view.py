"""Panels further down the page are sent when they come into view: the first answer shall not wait for them."""

import streamlit as st

_SCRIPT = """
export default function (component) {
  const place = component.parentElement;
  const watch = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) {
      watch.disconnect();
      component.setStateValue("seen", true);
    }
  });
  watch.observe(place.host ?? place);
  return () => watch.disconnect();
}
"""
_component = st.components.v2.component("atlas_in_view", js=_SCRIPT)


def was_in_view(key: str, height_px: int) -> bool:
    """Whether this place of the page has come into view since the session began; from then on it stays so.

    Until then a place of that height is held open; when it comes into view the page, or the fragment that asks, runs
    again.
    """
    held = f"in_view.{key}"
    if not st.session_state.get(held):
        place = st.empty()
        with place.container():
            answer = _component(key=f"{key}_watch", height=height_px, on_seen_change=lambda: None)
        st.session_state[held] = bool(answer.get("seen"))
        if st.session_state[held]:
            place.empty()
    return bool(st.session_state[held])
