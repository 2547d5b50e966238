"""The demo city: synthetic, deterministic from a seed, on the real outlines of Beijing's districts."""

from loaders.demo.city import DemoCity, build_city

__all__ = ["DemoCity", "build_city"]
