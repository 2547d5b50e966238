"""From files in the browser to rows in the store: kept privately, diagnosed, described in a form, tried out, loaded."""
