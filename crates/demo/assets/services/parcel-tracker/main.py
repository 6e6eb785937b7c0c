"""Says where a parcel is. Which parcels there are follows from their numbers: LF-1000 to LF-1999."""

import re
import sys

from serving import Service

STORY = (
    ("packed", "It was packed in Larkfield."),
    ("collected", "The carrier has collected it."),
    ("on-its-way", "It is on its way to you."),
    ("delivered", "It was handed over at the door."),
)
NUMBER = re.compile(r"LF-(1[0-9]{3})")


def parcel(match, _query):
    number = NUMBER.fullmatch(match["id"])
    if not number:
        return 404, {"error": f"there is no parcel {match['id']}; they are called LF-1000 to LF-1999"}
    so_far = STORY[: int(number[1]) % len(STORY) + 1]
    return 200, {"id": match["id"], "state": so_far[-1][0], "story": [sentence for _, sentence in so_far]}


def main():
    about = {"parcels": 1000, "try": "/parcels/LF-1003"}
    return Service("parcel-tracker", about, [("/parcels/{id}", parcel)]).run()


if __name__ == "__main__":
    sys.exit(main())
