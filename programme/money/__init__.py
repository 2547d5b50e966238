"""Who pays, what was spent, by which rule, and who must repair (R47–R54). Money is in whole fen, exactly."""
