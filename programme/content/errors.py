"""What can go wrong with the content of works, as codes with parameters; the screen has the words."""

from collections.abc import Iterable, Mapping

import pandas as pd


class ContentError(ValueError):
    """Content that can't be judged: `code` (content.*) and `params` for its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params: Mapping[str, str | int] = params


def checked(rows: pd.DataFrame, columns: Iterable[str], frame: str, key: str | None = None) -> pd.DataFrame:
    """The frame itself, once its columns are there and its key (where named) stands in it once.

    Raises ContentError content.column_missing or content.key_twice, with the frame and the column or key.
    """
    for column in columns:
        if column not in rows.columns:
            raise ContentError("content.column_missing", frame=frame, column=column)
    if key is not None and rows[key].duplicated().any():
        twice = rows.loc[rows[key].duplicated(), key].iloc[0]
        raise ContentError("content.key_twice", frame=frame, key=str(twice))
    return rows


def one_of(values: pd.Series, known: Iterable[str], frame: str, keys: pd.Series) -> None:
    """Refuses a code that is not known.

    Raises ContentError content.code_unknown with the frame, column, row's key and value.
    """
    wrong = ~values.isin(list(known))
    if wrong.any():
        raise ContentError(
            "content.code_unknown",
            frame=frame,
            column=str(values.name),
            key=str(keys[wrong].iloc[0]),
            value=str(values[wrong].iloc[0]),
        )


def days(values: pd.Series) -> pd.Series:
    """Dates (or missing) as datetime64[ns] on the same index."""
    return pd.to_datetime(values).astype("datetime64[ns]")


def texts(values: pd.Series) -> pd.Series:
    """Text as objects, trimmed; blank and missing are None."""
    return pd.Series(
        [None if pd.isna(v) or not str(v).strip() else str(v).strip() for v in values],
        index=values.index,
        dtype="object",
        name=values.name,
    )
