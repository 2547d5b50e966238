"""Demo cities built once for all tests of a process, which only look at them: the small one takes five seconds."""

from functools import cache

from loaders.demo import DemoCity, build_city


@cache
def built(size: str) -> DemoCity:
    """The demo city of a size, with the usual seed."""
    return build_city(size)
