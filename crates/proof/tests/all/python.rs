//! A second verifier, in another language, written from docs/proofs.md alone.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tuanzhang_proof::{Receipt, SignedCheckpoint, growth_of, receipt_of};

use crate::books::lived;

/// What a Python program says of files, a line each; none, and a visible line, where there is no Python.
fn python(args: &[&str], files: &[PathBuf]) -> Option<Vec<String>> {
    let Ok(output) = Command::new("python3").args(args).args(files).output() else {
        // Past the test's own capture: what is skipped is seen.
        let _ = writeln!(std::io::stderr(), "skipped: the verifier in Python; there is no python3");
        return None;
    };
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = String::from_utf8(output.stdout).unwrap();
    Some(out.lines().map(str::to_owned).collect())
}

fn verifier() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/verify_receipt.py");
    path.to_str().unwrap().to_owned()
}

fn write(folder: &Path, number: usize, json: &str) -> PathBuf {
    let path = folder.join(format!("{number}.json"));
    fs::write(&path, json).unwrap();
    path
}

/// Changes of a receipt that only its trees notice.
fn forgeries(receipt: &Receipt) -> Vec<Receipt> {
    let mut forged = Vec::new();
    for number in 0..receipt.records.len() {
        let proof = receipt.records[number].hashes.len();
        for change in 0..proof + 3 {
            let mut one = receipt.clone();
            let record = &mut one.records[number];
            match change.checked_sub(proof) {
                None => record.hashes[change].0[change % 32] ^= 1,
                Some(0) => record.hashes.truncate(proof - 1),
                Some(1) => record.hashes.push(tuanzhang_log::Hash([0; 32])),
                Some(_) => *record.bytes.last_mut().unwrap() ^= 1,
            }
            forged.push(one);
        }
    }
    for change in 0..receipt.since.as_ref().map_or(0, |since| since.hashes.len()) {
        let mut one = receipt.clone();
        one.since.as_mut().unwrap().hashes[change].0[31] ^= 0x80;
        forged.push(one);
    }
    forged
}

#[test]
fn python_takes_what_holds_and_refuses_what_doesnt() {
    let folder = tempfile::tempdir().unwrap();
    let lived = lived(6, 300);
    let edges = [1, 2, 3, 64, 65, 100, lived.records.len()].map(|size| {
        let mut edge = tuanzhang_log::tree::Edge::new();
        for record in &lived.records[..size] {
            edge.push(tuanzhang_log::tree::leaf_hash(record));
        }
        let checkpoint = tuanzhang_proof::Checkpoint::of_book(lived.key, edge.head());
        SignedCheckpoint::unsigned(checkpoint).unwrap()
    });
    let mut files = Vec::new();
    let mut receipts = Vec::new();
    for (order, since) in lived.orders.iter().zip(edges.iter().cycle()) {
        let made = receipt_of(&lived.store, lived.key, *order, Some(since), &mut |_| ()).unwrap();
        files.push(write(folder.path(), files.len(), &made.to_json().unwrap()));
        receipts.push(made);
    }
    for since in &edges {
        let growth = growth_of(&lived.store, lived.key, since, &mut |_| ()).unwrap();
        files.push(write(folder.path(), files.len(), &growth.to_json().unwrap()));
    }
    let Some(said) = python(&[&verifier()], &files) else { return };
    assert_eq!(said, vec!["ok"; files.len()]);

    let sound = files.len();
    let mut forged = Vec::new();
    for receipt in forgeries(&receipts[receipts.len() / 2]) {
        assert!(receipt.clone().verify().is_err());
        forged.push(write(folder.path(), sound + forged.len(), &receipt.to_json().unwrap()));
    }
    let said = python(&[&verifier()], &forged).unwrap();
    assert!(said.iter().all(|line| line.starts_with("refused")), "{said:?}");
    println!("{sound} files taken by both, {} forgeries refused by both", said.len());
    assert!(said.len() == forged.len() && forged.len() > 50, "{}", forged.len());
}

/// Another implementation of Ed25519 checks our signatures, over the note's text and no byte more.
#[cfg(feature = "notes")]
#[test]
fn another_implementation_checks_our_signatures() {
    const PROGRAM: &str = "
import base64, hashlib, sys
try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print('no cryptography'); sys.exit()
note, key = (open(name, encoding='utf-8', newline='').read() for name in sys.argv[1:])
name, key_id, key = key.split('+', 2)
key = base64.b64decode(key)
assert hashlib.sha256(name.encode() + b'\\n' + key).digest()[:4].hex() == key_id
text, line = note.split('\\n\\n')
dash, signer, signature = line.strip().split(' ')
signature = base64.b64decode(signature)
assert (dash, signer, signature[:4].hex(), key[0]) == ('\u{2014}', name, key_id, 1)
Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (text + '\\n').encode())
print('ok')
";
    let folder = tempfile::tempdir().unwrap();
    let lived = lived(7, 50);
    let checkpoint = tuanzhang_proof::checkpoint_of(&lived.store, lived.key).unwrap();
    let mut signed = SignedCheckpoint::unsigned(checkpoint).unwrap();
    let key = tuanzhang_proof::SignerKey::random("liu.example/books").unwrap();
    signed.sign(&key).unwrap();
    let files = [("note", signed.to_string()), ("key", key.verifier().to_string())];
    let files = files.map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    });
    match python(&["-c", PROGRAM], &files).as_deref() {
        None => {}
        Some([said]) if said == "no cryptography" => {
            let line = "skipped: signatures before Python's cryptography, which is not here";
            let _ = writeln!(std::io::stderr(), "{line}");
        }
        Some(said) => assert_eq!(said, ["ok"]),
    }
}
