"""Files as TMDB's id export, for tests."""

import gzip
import json


def line(number, **changes):
    """Return a line; `number` is the id and makes it differ from the others."""
    row = {
        "adult": False,
        "id": number,
        "original_title": f"Laterne {number}",
        "popularity": number / 4,
        "video": False,
    }
    return json.dumps(row | changes).encode()


def write_export(folder, *lines, name="movie_ids_11_30_2026.json.gz"):
    """Write the lines, compressed as TMDB does; return the path."""
    path = folder / name
    path.write_bytes(gzip.compress(b"".join(one + b"\n" for one in lines)))
    return path
