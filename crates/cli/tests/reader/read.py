"""Reads and verifies the book in a journal's folder and prints what it found as JSON.

    python3 read.py FORMAT_RECORD_MD FOLDER
    python3 read.py FORMAT_RECORD_MD --lines book|activity FILE…

The second form decodes lines of a name and a record in hexadecimal, and prints what each is refused for.
Written from docs/format.md and docs/format-record.md alone, with nothing but Python's own library.
Exit 0: sound. 1: damage, named in the output with file and offset. 2: there is no book.
"""

import json
import os
import sys
from collections import Counter

from journal import ACTIVITY, Journal
from records import Page, read_activity, read_record


class Seen:
    """What is counted of the records of one journal."""

    def __init__(self, page, decode):
        self.page, self.decode = page, decode
        self.kinds, self.payload_bytes, self.bytes = Counter(), 0, 0
        self.first_at = self.last_at = None
        self.actors, self.occurred_at = Counter(), 0

    def see(self, position, data):
        head, events = self.decode(self.page, data)
        if head["position"] != position:
            raise ValueError(f"it says that it is at position {head['position']}")
        if any(at > head["at"] for _, at, _ in events) and self.decode is read_activity:
            raise ValueError("an entry is later than the record")
        self.bytes += len(data)
        self.first_at = head["at"] if self.first_at is None else self.first_at
        self.last_at = head["at"]
        self.actors[head.get("actor")] += 1
        self.occurred_at += head.get("occurred_at") is not None
        for kind, extent, _ in events:
            self.kinds[kind] += 1
            self.payload_bytes += extent if self.decode is read_record else 0


def report(journal, seen, names, prefix):
    damage = journal.damage
    place = damage and {"file": prefix + damage.file, "offset": damage.offset, "what": damage.what}
    return {
        "key": journal.key and journal.key.hex(),
        "records": journal.tree.size,
        "record_bytes": seen.bytes,
        "root": journal.tree.root().hex(),
        "frames": journal.frames,
        "segments": journal.segments,
        "torn_bytes": journal.torn,
        "waiting_records": journal.waiting,
        "kinds": {names[kind][0]: [kind, count] for kind, count in sorted(seen.kinds.items())},
        "events": sum(seen.kinds.values()),
        "payload_bytes": seen.payload_bytes,
        "actors": {str(actor): count for actor, count in sorted(seen.actors.items(), key=str)},
        "occurred_at": seen.occurred_at,
        "first_at": seen.first_at,
        "last_at": seen.last_at,
        "damage": place,
    }


def main(page, folder):
    with open(page, encoding="utf-8") as file:
        page = Page(file.read())
    seen = Seen(page, read_record)
    book = Journal(folder, seen.see).read()
    said = report(book, seen, page.events, "")
    said["activity"] = None
    beside = os.path.join(folder, "activity")
    if book.key and os.path.isdir(beside):
        facts = Seen(page, read_activity)
        key = bytes(a ^ b for a, b in zip(book.key, ACTIVITY))
        stream = Journal(beside, facts.see, key).read()
        said["activity"] = report(stream, facts, page.facts, "activity/")
    print(json.dumps(said))
    if said["damage"] or (said["activity"] or {}).get("damage"):
        return 1
    return 0 if book.exists else 2


def lines(page, decode, files):
    with open(page, encoding="utf-8") as file:
        page = Page(file.read())
    refused, read = {}, 0
    for path in files:
        with open(path, encoding="utf-8") as file:
            for name, record in (line.split() for line in file):
                try:
                    decode(page, bytes.fromhex(record))
                    read += 1
                except ValueError as fault:
                    refused[f"{path} {name}"] = str(fault)
    print(json.dumps({"read": read, "refused": refused}))
    return 1 if refused else 0


if __name__ == "__main__":
    if sys.argv[2:3] == ["--lines"]:
        decoders = {"book": read_record, "activity": read_activity}
        sys.exit(lines(sys.argv[1], decoders[sys.argv[3]], sys.argv[4:]))
    sys.exit(main(*sys.argv[1:]))
