"""Finding a community by name, address, pinyin or initials: `dzm` finds 东直门."""

from dataclasses import dataclass

import pandas as pd

from loaders.pinyin import initials, pinyin

MOST_HITS = 20


@dataclass(frozen=True)
class SearchIndex:
    """Names ready to be searched; built once for each revision of the store.

    `rows`: community_id, name, address, district_code, lon, lat.
    """

    rows: pd.DataFrame
    names: pd.Series
    addresses: pd.Series
    spelled: pd.Series
    letters: pd.Series

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "SearchIndex":
        """An index over the rows of `store.queries_map.search_rows`."""
        rows = rows.reset_index(drop=True)
        names = rows["name"].fillna("").astype(str)
        return cls(
            rows,
            names.map(_plain),
            rows["address"].fillna("").astype(str).map(_plain),
            names.map(pinyin),
            names.map(initials),
        )

    def find(self, words: str, most: int = MOST_HITS) -> pd.DataFrame:
        """The best rows for what was typed, at most `most`: whole names first, then beginnings, then parts.

        Empty for empty input; nothing typed is ever read as a pattern.
        """
        asked = _plain(words)
        if not asked or self.rows.empty:
            return self.rows.iloc[:0]
        rank = pd.Series(99, index=self.rows.index)
        tests = [
            (self.names == asked, 0),
            (self.names.str.startswith(asked), 1),
            (self.names.str.contains(asked, regex=False), 2),
        ]
        if asked.isascii():
            tests += [
                (self.spelled == asked, 0),
                (self.letters == asked, 1),
                (self.spelled.str.startswith(asked), 2),
                (self.letters.str.startswith(asked), 3),
                (self.spelled.str.contains(asked, regex=False) & (len(asked) > 3), 5),
            ]
        tests.append((self.addresses.str.contains(asked, regex=False) & (len(asked) > 1), 6))
        for hit, value in tests:
            rank = rank.where(~(hit & (rank > value)), value)
        found = self.rows.assign(_rank=rank, _length=self.names.str.len())[rank < 99]
        order = ["_rank", "_length", "name", "community_id"]
        return found.sort_values(order).head(most).drop(columns=["_rank", "_length"])


def _plain(text: str) -> str:
    return "".join(text.lower().split())
