//! Receipts that were changed: refused, or they say the same.

use tuanzhang_log::TreeHead;
use tuanzhang_proof::{File, Proven, Receipt, Refused, Shown, SignedCheckpoint, Story, verify};
use tuanzhang_wire as wire;

use crate::books::lived;

/// All that a receipt says.
fn said(json: &[u8]) -> Result<(Story, TreeHead, Option<TreeHead>), Refused> {
    let head = |signed: &SignedCheckpoint| signed.checkpoint().head();
    match verify(json)? {
        Shown::Receipt(verified) => {
            Ok((verified.story()?, head(&verified.checkpoint), verified.since.as_ref().map(head)))
        }
        Shown::Growth(grown) => panic!("{grown:?}"),
    }
}

/// A short receipt, since an older checkpoint.
fn receipt() -> Receipt {
    let lived = lived(2, 120);
    let order = lived.orders[0];
    let mut edge = tuanzhang_log::tree::Edge::new();
    for record in &lived.records[..lived.records.len() - 3] {
        edge.push(tuanzhang_log::tree::leaf_hash(record));
    }
    let old = tuanzhang_proof::Checkpoint::of_book(lived.key, edge.head());
    let old = SignedCheckpoint::unsigned(old).unwrap();
    tuanzhang_proof::receipt_of(&lived.store, lived.key, order, Some(&old), &mut |_| ()).unwrap()
}

/// What became of each bit of a receipt that was flipped.
fn flipped(json: &[u8], judge: &dyn Fn(&[u8]) -> Result<Judged, Refused>) -> [usize; 4] {
    let [mut unreadable, mut refused, mut same, mut other_size] = [0; 4];
    for at in 0..json.len() {
        for bit in 0..8 {
            let mut changed = json.to_vec();
            changed[at] ^= 1 << bit;
            match judge(&changed) {
                Err(Refused::Unreadable(_)) => unreadable += 1,
                Err(_) => refused += 1,
                Ok(Judged::Same) => same += 1,
                Ok(Judged::OtherSize) => other_size += 1,
                Ok(Judged::Other) => panic!("byte {at} bit {bit}"),
            }
        }
    }
    [unreadable, refused, same, other_size]
}

enum Judged {
    Same,
    /// The story and the root are the same, the number of records that goes with the root isn't.
    OtherSize,
    Other,
}

#[test]
fn every_bit_of_a_receipt_counts() {
    let json = receipt().to_json().unwrap().into_bytes();
    let sound = said(&json).unwrap();
    let found = flipped(&json, &|changed| {
        let (story, head, since) = said(changed)?;
        if (&story, head, since) == (&sound.0, sound.1, sound.2) {
            return Ok(Judged::Same);
        }
        let roots =
            |head: TreeHead, since: Option<TreeHead>| (head.root, since.map(|one| one.root));
        let same = story == sound.0 && roots(head, since) == roots(sound.1, sound.2);
        Ok(if same { Judged::OtherSize } else { Judged::Other })
    });
    let [unreadable, refused, same, other_size] = found;
    let bits = json.len() * 8;
    println!(
        "{bits} bits: {unreadable} unreadable, {refused} refused, {same} say the same, {other_size} another size"
    );
    // White space between the words of the JSON, the case of an id, and a size that nobody signed.
    assert!(refused > 1_000 && same * 50 < bits && other_size < 16, "{found:?} of {bits}");
}

/// A root doesn't say of how many records it is; who signs, or keeps, size and root does.
#[cfg(feature = "notes")]
#[test]
fn every_bit_of_a_signed_receipt_counts() {
    let mut receipt = receipt();
    let key = tuanzhang_proof::SignerKey::random("liu.example").unwrap();
    receipt.checkpoint.sign(&key).unwrap();
    let json = receipt.to_json().unwrap().into_bytes();
    let sound = said(&json).unwrap();
    let found = flipped(&json, &|changed| {
        let Shown::Receipt(verified) = verify(changed)? else { return Ok(Judged::Other) };
        if key.verifier().check(verified.checkpoint.note()).is_err() {
            return Err(Refused::Missing { what: "is signed" });
        }
        let (story, head, since) = said(changed)?;
        let is_same = story == sound.0 && head == sound.1;
        // The older checkpoint of this one nobody signed.
        let size = |since: Option<TreeHead>| since.map(|head| head.size);
        match (is_same, size(since) == size(sound.2)) {
            (true, true) => Ok(Judged::Same),
            (true, false) => Ok(Judged::OtherSize),
            (false, _) => Ok(Judged::Other),
        }
    });
    println!("unreadable, refused, same, another size of the older checkpoint: {found:?}");
    assert!(found[1] > 1_000, "{found:?}");
}

#[test]
fn a_receipt_that_is_cut_is_refused() {
    let json = receipt().to_json().unwrap().into_bytes();
    // Without its last newline it is whole.
    for length in 0..json.len() - 2 {
        assert!(matches!(verify(&json[..length]), Err(Refused::Unreadable(_))), "{length} bytes");
    }
    assert!(verify(&[&json, &b"{}"[..]].concat()).is_err());
}

/// The control: records that would be taken if their place under the root weren't asked for.
#[test]
fn forged_records_that_read_well_are_not_in_the_book() {
    let receipt = receipt();
    let (mut read_well, mut tried) = (0, 0);
    for (number, Proven { position, bytes, .. }) in receipt.records.iter().enumerate() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut forged = receipt.clone();
                let changed = &mut forged.records[number].bytes;
                changed[at] ^= 1 << bit;
                let decoded = wire::decode(changed);
                let would_do = decoded.is_ok_and(|record| record.head.position.get() == *position)
                    && wire::reencodes(changed) == Ok(true);
                read_well += usize::from(would_do);
                let refused = forged.verify();
                assert!(
                    matches!(refused, Err(Refused::NotInBook { position: at, .. }) if at == *position),
                    "{refused:?}"
                );
                tried += 1;
            }
        }
    }
    println!("{tried} forged records refused, {read_well} of which read well");
    assert!(read_well > 1_000, "{read_well} of {tried}: the control forges nothing");
}

#[test]
fn other_orders_books_and_places_are_refused() {
    let receipt = receipt();
    let changed = |change: &dyn Fn(&mut Receipt)| {
        let mut other = receipt.clone();
        change(&mut other);
        other.verify().unwrap_err().to_string()
    };
    let last = receipt.records.len() - 1;
    let foreign = lived(4, 60).receipt(lived(4, 60).orders[0]);
    for (change, why) in [
        (
            &(|one: &mut Receipt| one.order = foreign.order) as &dyn Fn(&mut Receipt),
            "placed the order",
        ),
        (&|one| one.book = foreign.book, "is of tuanzhang.book/"),
        (&|one| one.checkpoint = foreign.checkpoint.clone(), "is of tuanzhang.book/"),
        (&|one| one.records.swap(0, last), "stands behind a later one"),
        (&|one| one.records.push(one.records[last].clone()), "stands behind a later one"),
        (&|one| one.records.clear(), "opened the book"),
        (&|one| drop(one.records.remove(0)), "opened the book"),
        (&|one| one.records[0].position = 2, "not in the book"),
        (&|one| one.records[0].position = 0, "not in the book"),
        (&|one| one.records[last].position = u64::MAX, "not in the book"),
        (&|one| one.records[last].hashes.truncate(1), "not in the book"),
        (&|one| one.records[last].bytes = foreign.records[1].bytes.clone(), "not in the book"),
        (&|one| one.since.as_mut().unwrap().hashes.truncate(1), "doesn't continue"),
    ] {
        let said = changed(change);
        assert!(said.contains(why), "{said} is not {why:?}");
    }
}

#[test]
fn other_json_is_no_receipt() {
    let json = receipt().to_json().unwrap();
    let no = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        let refused = verify(json.replacen(from, to, 1).as_bytes());
        let Err(Refused::Unreadable(why)) = refused else { panic!("{to}: {refused:?}") };
        why.to_string()
    };
    assert!(no("receipt/1", "receipt/2").contains("\"tuanzhang.receipt/2\""));
    assert!(no("\"order\"", "\"orders\"").contains("orders"));
    assert!(no("{", "{\"note\": 1,").contains("unknown field"));
    assert!(no("{", "{\"book\": \"00112233-4455-6677-8899-aabbccddeeff\",").contains("duplicate"));
    assert!(no("\\n", "\\r\\n").contains("checkpoint"));
    assert!(no("\"position\": 1,", "\"position\": \"1\",").contains("u64"));
    for text in ["", "[]", "{}", "null", "{\"format\": 1}", "\u{feff}{}"] {
        assert!(matches!(verify(text.as_bytes()), Err(Refused::Unreadable(_))), "{text}");
    }
    let huge = vec![b' '; tuanzhang_proof::RECEIPT_BYTES_MAX + 1];
    assert!(verify(&huge).unwrap_err().to_string().contains("more than a receipt has"));
    let many = "\"AAAA\",".repeat(129);
    assert!(no("\"proof\": [", &format!("\"proof\": [{many}")).contains("list of at most 128"));
    assert!(File::parse(json.as_bytes()).is_ok());
}
