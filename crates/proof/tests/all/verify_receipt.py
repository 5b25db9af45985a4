"""Checks receipts and growths of docs/proofs.md: their trees, in another language.

Usage: verify_receipt.py FILE...   prints a line for each: ok, or why not. Exit 1 if one isn't ok.
"""
import base64, hashlib, json, sys


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text):
    bytes_ = base64.b64decode(text, validate=True)
    assert base64.b64encode(bytes_).decode() == text, "base 64 of another form"
    return bytes_


def checkpoint(text, book):
    origin, size, root, *_ = text.split("\n\n— ")[0].split("\n")
    assert origin == "tuanzhang.book/" + book, "a checkpoint of another log"
    assert str(int(size)) == size and len(b64(root)) == 32, "no checkpoint"
    return int(size), b64(root)


def inclusion(index, size, leaf, proof):
    """The root that follows (RFC 9162, 2.1.3.2)."""
    assert 0 <= index < size, "no such leaf"
    node, last, root = index, size - 1, leaf
    for sibling in proof:
        assert last > 0, "the proof is too long"
        if node % 2 or node == last:
            root = sha(b"\1", sibling, root)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha(b"\1", root, sibling)
        node, last = node >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return root


def consistency(old, old_root, new, proof):
    """The root that follows for the newer tree (RFC 9162, 2.1.4.2)."""
    assert 0 < old <= new, "no such growth"
    if old == new:
        assert not proof, "the proof is too long"
        return old_root
    proof = list(proof) if old & (old - 1) else [old_root, *proof]
    assert proof, "the proof is too short"
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    first = second = proof[0]
    for sibling in proof[1:]:
        assert last > 0, "the proof is too long"
        if node % 2 or node == last:
            first, second = sha(b"\1", sibling, first), sha(b"\1", sibling, second)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            second = sha(b"\1", second, sibling)
        node, last = node >> 1, last >> 1
    assert last == 0 and first == old_root, "the older tree is another one"
    return second


def check(file):
    size, root = checkpoint(file["checkpoint"], file["book"])
    before = 0
    for one in file.get("records", []):
        record, position = b64(one["record"]), one["position"]
        assert position > before and int.from_bytes(record[3:11], "little") == position, "positions"
        proof = [b64(text) for text in one["proof"]]
        assert inclusion(position - 1, size, sha(b"\0", record), proof) == root, "not in the book"
        before = position
    if "since" in file:
        old, old_root = checkpoint(file["since"]["checkpoint"], file["book"])
        proof = [b64(text) for text in file["since"]["proof"]]
        assert consistency(old, old_root, size, proof) == root, "the book doesn't continue it"


failed = 0
for name in sys.argv[1:]:
    try:
        check(json.load(open(name, encoding="utf-8")))
        print("ok")
    except (AssertionError, ValueError, KeyError, TypeError) as error:
        print("refused:", error)
        failed = 1
sys.exit(failed)
