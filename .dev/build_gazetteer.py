"""Compile `alerts/regions/gazetteer.txt.gz` from public data and the tables in `.dev/gazetteer/`.

    uv run --group gazetteer python .dev/build_gazetteer.py [--cldr DIR]

Needs the dependency group `gazetteer` and, for CLDR, `npm pack` or a folder into which cldr-core, cldr-localenames-full
and cldr-subdivisions-full were unpacked under their names. The same input gives the same bytes. docs/data.md says where
everything comes from and under which licence.
"""

import argparse
import gzip
import tempfile
from pathlib import Path

from gazetteer.cldr import Cldr, fetch
from gazetteer.names import Names
from gazetteer.tables import words
from gazetteer.tree import Places

TARGET = Path(__file__).parent.parent / "alerts" / "regions" / "gazetteer.txt.gz"


def main() -> None:
    """Read, merge, write, and say how much it became."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--cldr", type=Path, help="folder with the unpacked npm packages; fetched when not given")
    folder = parser.parse_args().cldr
    with tempfile.TemporaryDirectory() as scratch:
        cldr = Cldr(folder or fetch(Path(scratch)))
        places = Places(cldr)
        names = Names(places)
        names.read(cldr)
    sections = (
        places.lines(),
        names.patterns(),
        names.lines(),
        names.clues,
        sorted(words("firstnames.txt")),
        names.languages(),
    )
    text = "\n\n".join("\n".join(section) for section in sections)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(places.names)} places, {len(names.found)} names, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
