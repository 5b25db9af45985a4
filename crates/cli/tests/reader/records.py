"""Records by docs/format-record.md. The layouts of structs, events and facts are not written down here
again: they are read from that page's own tables."""

import struct


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table(page, first_column, rows_of=2):
    """The rows of the tables whose header begins with this word and has so many columns."""
    rows, inside = [], False
    for line in page.splitlines():
        if not line.startswith("|"):
            inside = False
        elif inside:
            rows.append(cells(line))
        else:
            header = cells(line)
            inside = header[0] == first_column and len(header) == rows_of
    return [row for row in rows if row[0].strip("-")]


def fields(text):
    """`name type` of each field: "code `name`, decimals `u8` (0 to 4)"; prose behind ; or . is left."""
    for end in ("; ", ". "):
        text = text.split(end)[0]
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text + ","):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    found = []
    for part in parts:
        name, _, kind = part.partition(" ")
        kind = kind.replace("`", "")
        if kind.endswith(")"):
            kind = kind[: kind.rindex(" (")]
        found.append((name, kind.replace("(", "").replace(")", "")))
    return found


class Page:
    """The tables of docs/format-record.md."""

    def __init__(self, text):
        self.choices = {}
        for name, numbers in table(text, "Choice"):
            listed = [n.split()[0] for n in numbers.replace("its", "").split(", ")]
            if "else 1 +" in numbers:
                known = {0} | {1 + n for n in self.choices["role"]}
            else:
                known = {int(n) for n in listed}
            self.choices[name] = known
        self.structs = {name: fields(listed) for name, listed in table(text, "Struct")}
        # The tables of the events and of the community's facts have one header.
        of_book, of_activity = text.split("## Activity records")
        self.events = {int(n): (name, fields(listed)) for n, name, listed in table(of_book, "Kind", 3)}
        self.facts = {int(n): (name, fields(listed)) for n, name, listed in table(of_activity, "Kind", 3)}


class Bytes:
    """What is left of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise ValueError("it ends inside a field")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    def end(self):
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes behind the last field")


def text(data, least, most):
    if not least <= len(data) <= most:
        raise ValueError(f"a text of {len(data)} bytes")
    said = data.decode()  # a UnicodeDecodeError is a ValueError
    if any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in said):
        raise ValueError("a text with a control character")
    return said


def shape(rules):
    """A check of a struct whose `kind` says which of its other fields are there."""

    def check(page, said):
        if said["kind"] not in rules:
            raise ValueError(f"kind {said['kind']}")
        needed = rules[said["kind"]]
        for name, value in said.items():
            if name != "kind" and (value is not None) != (name in needed) and name + "?" not in needed:
                raise ValueError(f"{name}, for kind {said['kind']}")
        of = [choice for choice in needed if choice in page.choices]
        if of and said["choice"] not in page.choices[of[0]]:
            raise ValueError(f"{said['choice']} is no {of[0]}")

    return check


def check_take(_, said):
    kind, value = said["kind"], said["value"]
    most = {0: 10**6, 2: 0, 3: 10**6}.get(kind, 10**15)
    if kind > 3 or not (-most if kind == 1 else 0) <= value <= most:
        raise ValueError(f"a take of kind {kind} and value {value}")


def check_currency(_, said):
    if said["decimals"] > 4:
        raise ValueError(f"{said['decimals']} decimals")


ACCOUNT = {1: ["id"], 2: ["id"], 3: ["id"], 4: ["id"], 5: ["id?"], 0: ["name"], 6: ["name"], 8: []}
SHAPES = {
    "Account": shape(ACCOUNT | {7: ["choice", "income"], 9: ["choice", "expense"]}),
    "ResolvedTo": shape({0: ["id"], 1: ["id"], 2: ["account"]}),
    "Take": check_take,
    "Currency": check_currency,
}


class Payload(Bytes):
    """A payload's fields, one after the other."""

    def __init__(self, page, data):
        super().__init__(data)
        self.page = page

    def varint(self, bits):
        byte = self.take(1)[0]
        if byte <= 250:
            return byte
        if byte > 253:
            raise ValueError("no number starts so")
        form, least = {251: ("H", 251), 252: ("I", 1 << 16), 253: ("Q", 1 << 32)}[byte]
        value = self.number(form)
        if value < least:
            raise ValueError("a number that is longer than needed")
        if value >= 1 << bits:
            raise ValueError(f"a number of more than {bits} bits")
        return value

    def value(self, kind):
        if kind.endswith("?"):
            there = self.take(1)[0]
            if there > 1:
                raise ValueError("neither there nor absent")
            return self.value(kind[:-1]) if there else None
        if kind.startswith("["):
            return [self.value(kind[1:-1]) for _ in range(self.varint(64))]
        if kind in self.page.structs:
            said = {name: self.value(of) for name, of in self.page.structs[kind]}
            SHAPES.get(kind, lambda *_: None)(self.page, said)
            return said
        if kind in self.page.choices:
            number = self.take(1)[0]
            if number not in self.page.choices[kind]:
                raise ValueError(f"{number} is no {kind}")
            return number
        if kind in ("u16", "u32", "u64"):
            return self.varint(int(kind[1:]))
        if kind in ("i64", "money", "time"):
            value = self.varint(64)
            value = -(value >> 1) - 1 if value & 1 else value >> 1
            if kind == "money" and abs(value) > 10**15:
                raise ValueError("money beyond its limit")
            return value
        if kind == "u8":
            return self.take(1)[0]
        if kind == "bool":
            if (value := self.take(1)[0]) > 1:
                raise ValueError("neither true nor false")
            return value == 1
        if kind in ("id", "hash"):
            return self.take(16 if kind == "id" else 32)
        if kind == "name":
            return text(self.take(self.varint(64)), 1, 64)
        if kind == "text":
            return text(self.take(self.varint(64)), 0, 200)
        raise ValueError(f"the page has no type {kind}")


def read_record(page, data):
    """The head of a record and its events, as (kind, length, fields)."""
    record = Bytes(data)
    if (version := record.take(1)[0]) != 1:
        raise ValueError(f"record version {version}")
    flags = record.number("H")
    if flags & 0xFE00:
        raise ValueError("flags of a newer program")
    head = {"position": record.number("Q"), "at": record.number("q")}
    head["occurred_at"] = record.number("q") if flags & 0x0100 else None
    head["actor"] = record.take(1)[0]
    if head["actor"] > 4:
        raise ValueError(f"no actor has the number {head['actor']}")
    head["actor_id"] = record.take(16) if head["actor"] >= 2 else None
    head["rules"] = record.number("H")
    count = record.number("H")
    if count == 0:
        raise ValueError("no events")
    events = []
    for _ in range(count):
        kind, schema, length = record.number("H"), record.take(1)[0], record.number("I")
        if kind not in page.events or schema != 1:
            raise ValueError(f"event {kind}, schema {schema}: needs a newer version")
        payload = Payload(page, record.take(length))
        said = {name: payload.value(of) for name, of in page.events[kind][1]}
        payload.end()
        if said.get("level", 1) != 1:
            raise ValueError(f"level {said['level']}: needs a newer version")
        events.append((kind, length, said))
    record.end()
    return head, events


class Activity(Bytes):
    """A record of the activity stream; ids and names that it wrote out are referred to by number."""

    def __init__(self, page, data):
        super().__init__(data)
        self.page, self.ids, self.names = page, [], []

    def leb(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if shift and byte == 0:
            raise ValueError("a number that is longer than needed")
        if value >= 1 << 64:
            raise ValueError("a number of more than 64 bits")
        return value

    def known(self, optional, written, read):
        number = self.leb()
        if number == 0 and optional:
            return None
        if number == 0 or number - 2 >= len(written):
            raise ValueError(f"a reference to number {number}")
        if number >= 2:
            return written[number - 2]
        value = read()
        if value in written:
            raise ValueError("written out a second time")
        written.append(value)
        return value

    def value(self, kind):
        if kind in ("id", "id?"):
            return self.known(kind == "id?", self.ids, lambda: self.take(16))
        if kind == "name?":
            return self.known(True, self.names, lambda: text(self.take(self.leb()), 1, 64))
        if kind == "rating":
            if (rating := self.take(1)[0]) > 2:
                raise ValueError(f"no rating has the number {rating}")
            return rating
        raise ValueError(f"the page has no type {kind}")


def read_activity(page, data):
    """The head of an activity record and its entries, as (kind, time, fields)."""
    record = Activity(page, data)
    if (version := record.take(1)[0]) != 1:
        raise ValueError(f"record version {version}")
    if record.number("H") & 0xFF00:
        raise ValueError("flags of a newer program")
    head = {"position": record.number("Q"), "at": record.number("q"), "batch": record.take(16)}
    count = record.number("I")
    if count == 0:
        raise ValueError("no entries")
    entries, time = [], head["at"]
    for _ in range(count):
        kind, schema = record.leb(), record.take(1)[0]
        if kind not in page.facts or schema != 1:
            raise ValueError(f"fact {kind}, schema {schema}: needs a newer version")
        step = record.leb()
        time += -(step >> 1) - 1 if step & 1 else step >> 1
        time = (time + (1 << 63)) % (1 << 64) - (1 << 63)
        entries.append((kind, time, {name: record.value(of) for name, of in page.facts[kind][1]}))
    record.end()
    return head, entries
