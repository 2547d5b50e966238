"""The demo city: synthetic, deterministic, with the cases that make real data awkward."""

from loaders.city.city import DemoCity, build_city

__all__ = ["DemoCity", "build_city"]
