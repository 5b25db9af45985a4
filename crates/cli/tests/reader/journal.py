"""A journal's files by docs/format.md: head, segments, frames, the tree over the records."""

import hashlib
import os
import re
import struct

BLOCK_BYTES = 4096
HEAD_BYTES = 3 * BLOCK_BYTES
FRAME_HEADER_BYTES = 56
BODY_BYTES_MAX = 33_603_584
FRAME_RECORDS_MAX = 16_384
RECORD_BYTES_MAX = 1_048_576
ACTIVITY = bytes.fromhex("6f8e021baaeebab122e6657fe9c4f7c9")


class Damage(Exception):
    """Bytes that nobody wrote, or that say what this reader doesn't know."""

    def __init__(self, file, offset, what):
        super().__init__(what)
        self.file, self.offset, self.what = file, offset, what


def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = _table()


def crc32c(*parts):
    crc = 0xFFFFFFFF
    for part in parts:
        for byte in part:
            crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Tree:
    """RFC 6962 with SHA-256, as the roots of its whole subtrees from the left."""

    def __init__(self):
        self.size, self.whole = 0, []

    def push(self, record):
        node, size = hashlib.sha256(b"\0" + record).digest(), self.size
        while size & 1:
            node = hashlib.sha256(b"\1" + self.whole.pop() + node).digest()
            size >>= 1
        self.whole.append(node)
        self.size += 1

    def root(self):
        if not self.whole:
            return hashlib.sha256(b"").digest()
        node = self.whole[-1]
        for left in reversed(self.whole[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node


class Slot:
    def __init__(self, block):
        self.sequence, self.size, self.end, self.segment, zero = struct.unpack_from("<QQQII", block)
        self.root, self.is_blank = block[32:64], zero == 0 and not any(block[68:])


def read_head(file, data):
    """The key, and the two slots."""
    if len(data) < 16:
        raise Damage(file, len(data), "the head file is too short")
    if data[:8] != b"TZJRNL\r\n":
        raise Damage(file, 0, "no head file of a journal")
    version, checksum = struct.unpack_from("<II", data, 8)
    if checksum != crc32c(data[:12]):
        raise Damage(file, 8, "checksum of the version")
    if version != 1:
        raise Damage(file, 8, f"format version {version}: needs a newer version")
    if len(data) != HEAD_BYTES:
        raise Damage(file, min(len(data), HEAD_BYTES), f"{len(data)} bytes, not {HEAD_BYTES}")
    key = data[16:32]
    if struct.unpack_from("<I", data, 4092)[0] != crc32c(key, data[:4092]):
        raise Damage(file, 16, "checksum of the header")
    slots = []
    for number in (0, 1):
        at = BLOCK_BYTES * (1 + number)
        block = data[at : at + BLOCK_BYTES]
        slot = Slot(block)
        right = struct.unpack_from("<I", block, 64)[0] == crc32c(key, bytes([number]), block[:64])
        if not (right and slot.is_blank and slot.sequence % 2 == number and slot.segment >= 1):
            raise Damage(file, at, f"head slot {number} can't be read")
        slots.append(slot)
    return key, slots


class Frame:
    """A frame that starts at an offset, whole or `None`."""

    def __init__(self, key, data, at):
        self.start, self.broken = at, "no frame starts here"
        self.key, self.data = key, data
        if len(data) - at < FRAME_HEADER_BYTES or data[at : at + 4] != b"TZF1":
            return
        length, checksum, self.count, self.first = struct.unpack_from("<IIIQ", data, at + 4)
        self.root_before = data[at + 24 : at + 56]
        self.end = at + FRAME_HEADER_BYTES + length
        if length > BODY_BYTES_MAX or not 1 <= self.count <= FRAME_RECORDS_MAX or self.first < 1:
            self.broken = "a frame's header with figures that no frame has"
        elif self.end > len(data):
            self.broken = "a frame is cut off"
        elif checksum != crc32c(key, data[at : at + 8], data[at + 12 : self.end]):
            self.broken = "a frame's checksum is wrong"
        else:
            self.broken = None

    def records(self):
        """Offset and bytes of each record; ValueError if they aren't what the header counts."""
        at = self.start + FRAME_HEADER_BYTES
        for _ in range(self.count):
            length = shift = 0
            while True:
                if at >= self.end or shift > 14:
                    raise ValueError("a record's length")
                byte = self.data[at]
                at += 1
                length |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
                shift += 7
            if (shift and byte == 0) or length > RECORD_BYTES_MAX or at + length > self.end:
                raise ValueError("a record's length")
            yield at, self.data[at : at + length]
            at += length
        if at != self.end:
            raise ValueError("bytes behind the last record")


class Journal:
    """What a journal's folder says; `see(position, record)` gets every record, ValueError refuses it."""

    def __init__(self, folder, see, expected_key=None):
        self.folder, self.see, self.expected_key = folder, see, expected_key
        self.key, self.tree, self.frames, self.segments = None, Tree(), 0, 0
        self.damage, self.exists, self.torn, self.waiting = None, False, 0, 0

    def read(self):
        try:
            self._read()
        except Damage as damage:
            self.damage = damage
        return self

    def _read(self):
        names = set(os.listdir(self.folder))
        segments = sorted(name for name in names if name.endswith(".seg"))
        for number, name in enumerate(segments, 1):
            if not re.fullmatch(r"[0-9]{8}\.seg", name):
                raise Damage(name, 0, "no name of a segment")
            if name != f"{number:08}.seg":
                raise Damage(f"{number:08}.seg", 0, "the segment is missing")
        if "head" not in names:
            for name in segments:
                if any(self._bytes(name)):
                    raise Damage("head", 0, "the head file is missing, a segment is not empty")
            return
        self.key, slots = read_head("head", self._bytes("head"))
        if self.expected_key not in (None, self.key):
            raise Damage("head", 16, "the key is not that of this book's activity")
        if not segments:
            raise Damage("00000001.seg", 0, "the segment is missing")
        self.vouched = max((slot.segment, slot.end) for slot in slots)
        self.segments, ahead = len(segments), slots
        for number, name in enumerate(segments, 1):
            ahead = self._walk(number, name, number == len(segments), ahead)
        self.exists = self.frames > 0

    def _walk(self, number, name, is_last, ahead):
        """Frame after frame; the slots that speak of what is still to come."""
        data, at, last = self._bytes(name), 0, 0
        ahead = self._agree(number, name, at, last, ahead)
        while True:
            frame = Frame(self.key, data, at)
            if frame.broken:
                break
            is_vouched = not is_last or self.vouched >= (number, frame.end)
            if not is_vouched and Frame(self.key, data, frame.end).broken:
                # Perhaps never answered: a writer that opens the journal will vouch for it.
                self._check(name, frame)
                self.waiting, at = frame.count, frame.end
                frame = Frame(self.key, data, at)
                break
            self._take(name, frame)
            last, at = at, frame.end
            ahead = self._agree(number, name, at, last, ahead)
        if not is_last and at != len(data):
            raise Damage(name, at, f"{frame.broken}, in a segment that has a successor")
        if is_last:
            if ahead:
                slot = ahead[0]
                what = f"{frame.broken}, after {self.tree.size} records; {slot.size} up to offset"
                raise Damage(name, at, f"{what} {slot.end} of segment {slot.segment} were vouched for")
            self._behind(name, data, at, frame.broken, self.tree.size + self.waiting)
        return ahead

    def _check(self, name, frame):
        if frame.first != self.tree.size + 1:
            raise Damage(name, frame.start, f"position {frame.first}, not {self.tree.size + 1}")
        if frame.root_before != self.tree.root():
            raise Damage(name, frame.start, "the root is not that of the records before the frame")

    def _take(self, name, frame):
        self._check(name, frame)
        try:
            for at, record in frame.records():
                self.tree.push(record)
                try:
                    self.see(self.tree.size, record)
                except ValueError as fault:
                    what = f"the record at position {self.tree.size}: {fault}"
                    raise Damage(name, at, what) from fault
        except ValueError as fault:
            raise Damage(name, frame.start, f"the body is not its records: {fault}") from fault
        self.frames += 1

    def _agree(self, number, name, at, last, ahead):
        """What a slot says of this size has to be what the frames come to."""
        size, root = self.tree.size, self.tree.root()
        for slot in ahead:
            if slot.size != size:
                continue
            if slot.root != root or (slot.segment, slot.end) != (number, at):
                raise Damage(name, last, f"{size} records are not what a slot vouches for")
        return [slot for slot in ahead if slot.size != size]

    def _behind(self, name, data, at, broken, size):
        """What stands behind the last whole frame: room, a torn append, or damage."""
        left = data[at:].rstrip(b"\0")
        if len(left) > FRAME_HEADER_BYTES + BODY_BYTES_MAX:
            raise Damage(name, at, "more bytes than one append can leave")
        inside = left.find(b"TZF1", 1)
        while inside >= 0:
            frame = Frame(self.key, data, at + inside)
            if not frame.broken and frame.first > size + 1:
                raise Damage(name, at, f"{broken}, a later frame is whole at {at + inside}")
            inside = left.find(b"TZF1", inside + 1)
        self.torn = len(left)

    def _bytes(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()
