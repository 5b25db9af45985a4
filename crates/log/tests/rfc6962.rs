//! The published vectors of RFC 6962 trees, and a slow recursive model as second opinion.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests with small numbers that say what they skip"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value;
use tuanzhang_log::tree::{
    EMPTY_ROOT, Edge, ProofError, Prover, consistency_proof, inclusion_proof, leaf_hash, node_hash,
    root_of, verify_consistency, verify_inclusion,
};
use tuanzhang_log::{Hash, TreeHead};

/// The folder of vectors; without it the test says so in a line.
fn vectors() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let folder = folder.join("rfc6962_merkle");
    if !folder.is_dir() {
        println!("skipped: no vectors in {}; set TUANZHANG_DATA", folder.display());
        return None;
    }
    Some(folder)
}

fn lines(name: &str) -> Vec<Value> {
    let Some(folder) = vectors() else { return Vec::new() };
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Decodes a hash; `None` where the vector holds another number of bytes, which our types can't even pass.
fn hash(value: &Value) -> Option<Hash> {
    base64(value).try_into().ok().map(Hash)
}

/// Decodes a hash; where the vector holds a short text ("don't care") its leaf hash stands for
/// it, equal where the texts are equal: the upstream checker of consistency takes any bytes.
fn stand_in(value: &Value) -> Hash {
    hash(value).unwrap_or_else(|| leaf_hash(&base64(value)))
}

/// Decodes bytes; null is none of them. Text that isn't base 64 fails the test.
fn base64(value: &Value) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    let text = if value.is_null() { "" } else { value.as_str().unwrap() };
    for character in text.trim_end_matches('=').bytes() {
        let digit = alphabet.iter().position(|known| *known == character);
        let digit = digit.unwrap_or_else(|| panic!("{text:?} is no base 64"));
        bits = (bits << 6) | u32::try_from(digit).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    bytes
}

fn proof(row: &Value) -> Option<Vec<Hash>> {
    row["proof"].as_array().map_or(Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

fn number(row: &Value, name: &str) -> u64 {
    // Some vectors hold -1 as u64::MAX would be read by Go.
    row[name].as_u64().unwrap_or(u64::MAX)
}

/// What the rows of a file came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    valid: u32,
    refused: u32,
    /// Rows that must be refused and hold a hash that isn't 32 bytes: our types can't pass it, so nothing of ours
    /// was asked.
    no_hash: u32,
}

fn agree(name: &str, holds: impl Fn(&Value) -> Option<bool>) -> Option<Tally> {
    vectors()?;
    let mut tally = Tally::default();
    for row in lines(name) {
        let must_fail = row["wantErr"].as_bool().unwrap();
        let found = holds(&row);
        assert_eq!(found.unwrap_or(false), !must_fail, "{}: {}", row["file"], row["desc"]);
        *match found {
            Some(true) => &mut tally.valid,
            Some(false) => &mut tally.refused,
            None => &mut tally.no_hash,
        } += 1;
    }
    println!("{name}: {tally:?}");
    Some(tally)
}

#[test]
fn inclusion_vectors_agree() {
    let tally = agree("inclusion.jsonl", |row| {
        let head = TreeHead { size: number(row, "treeSize"), root: hash(&row["root"])? };
        let leaf = hash(&row["leafHash"])?;
        Some(verify_inclusion(leaf, number(row, "leafIdx"), head, &proof(row)?).is_ok())
    });
    let expected = Tally { valid: 4, refused: 43, no_hash: 19 };
    assert!(tally.is_none_or(|tally| tally == expected));
}

#[test]
fn consistency_vectors_agree() {
    let tally = agree("consistency.jsonl", |row| {
        let old = TreeHead { size: number(row, "size1"), root: stand_in(&row["root1"]) };
        let new = TreeHead { size: number(row, "size2"), root: stand_in(&row["root2"]) };
        Some(verify_consistency(old, new, &proof(row)?).is_ok())
    });
    let expected = Tally { valid: 4, refused: 56, no_hash: 6 };
    assert!(tally.is_none_or(|tally| tally == expected));
}

#[test]
fn root_vectors_agree() {
    let Some(folder) = vectors() else { return };
    let text = std::fs::read_to_string(folder.join("tree_roots.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut leaves = Vec::new();
    let mut edge = Edge::new();
    let inputs = vectors["leaf_inputs_hex"].as_array().unwrap();
    let roots = vectors["root_by_tree_size_hex"].as_array().unwrap();
    assert_eq!(roots.len(), 9);
    for (size, root) in roots.iter().enumerate() {
        let stated: Hash = root.as_str().unwrap().parse().unwrap();
        assert_eq!(root_of(&leaves), stated, "size {size}");
        assert_eq!(edge.root(), stated, "size {size}");
        if let Some(input) = inputs.get(size) {
            let hex = input.as_str().unwrap();
            let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digits).collect();
            leaves.push(leaf_hash(&bytes));
            edge.push(leaf_hash(&bytes));
        }
    }
}

/// The definition in RFC 6962, word by word: slow, and easy to compare with the text.
mod model {
    use super::{EMPTY_ROOT, Hash, node_hash};

    fn split(leaves: &[Hash]) -> usize {
        let mut k = 1;
        while k * 2 < leaves.len() {
            k *= 2;
        }
        k
    }

    pub(super) fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => EMPTY_ROOT,
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(split(leaves));
                node_hash(&root(left), &root(right))
            }
        }
    }

    pub(super) fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() <= 1 {
            return Vec::new();
        }
        let k = split(leaves);
        let (left, right) = leaves.split_at(k);
        let (mut path, sibling) =
            if m < k { (path(m, left), root(right)) } else { (path(m - k, right), root(left)) };
        path.push(sibling);
        path
    }

    pub(super) fn subproof(m: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
        if m == leaves.len() {
            return if complete { Vec::new() } else { vec![root(leaves)] };
        }
        let k = split(leaves);
        let (left, right) = leaves.split_at(k);
        let (mut proof, sibling) = if m <= k {
            (subproof(m, left, complete), root(right))
        } else {
            (subproof(m - k, right, false), root(left))
        };
        proof.push(sibling);
        proof
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_le_bytes())).collect()
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: leaves.len().try_into().unwrap(), root: model::root(leaves) }
}

#[test]
fn small_trees_agree_with_the_model() {
    let all = leaves(40);
    let mut edge = Edge::new();
    for size in 0..all.len() {
        let (tree, new) = (&all[..size], head(&all[..size]));
        assert_eq!(edge.head(), new);
        assert_eq!(Edge::from_bytes(&edge.to_bytes()).unwrap(), edge);
        for index in 0..size {
            let at = index.try_into().unwrap();
            let proof = inclusion_proof(tree, at).unwrap();
            assert_eq!(proof, model::path(index, tree));
            assert_eq!(verify_inclusion(tree[index], at, new, &proof), Ok(()));
        }
        for old in 1..=size {
            let proof = consistency_proof(tree, old.try_into().unwrap()).unwrap();
            assert_eq!(proof, model::subproof(old, tree, true), "{old} of {size}");
            assert_eq!(verify_consistency(head(&tree[..old]), new, &proof), Ok(()));
        }
        edge.push(all[size]);
    }
}

#[test]
fn consistency_from_nothing_is_an_error() {
    let all = leaves(3);
    let empty = TreeHead::EMPTY;
    let refused = Err(ProofError::NoSuchGrowth { old: 0, new: 3 });
    assert_eq!(consistency_proof(&all, 0), Err(ProofError::NoSuchGrowth { old: 0, new: 3 }));
    assert_eq!(verify_consistency(empty, head(&all), &[]), refused);
    assert!(verify_consistency(empty, empty, &[]).is_err());
    assert!(verify_consistency(head(&all), head(&all[..2]), &[]).is_err());
    assert!(inclusion_proof(&all, 3).is_err());
}

#[test]
fn bytes_that_are_no_edge_are_refused() {
    let mut edge = Edge::new();
    for leaf in leaves(7) {
        edge.push(leaf);
    }
    let bytes = edge.to_bytes();
    assert_eq!(bytes.len(), 8 + 3 * 32);
    for length in 0..bytes.len() {
        assert!(Edge::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(Edge::from_bytes(&[bytes, vec![0]].concat()).is_err());
}

proptest! {
    #[test]
    fn larger_trees_agree_with_the_model(size in 1_usize..600, at in any::<prop::sample::Index>()) {
        let all = leaves(size);
        let index = at.index(size);
        let position = u64::try_from(index).unwrap();
        prop_assert_eq!(root_of(&all), model::root(&all));
        let proof = inclusion_proof(&all, position).unwrap();
        prop_assert_eq!(&proof, &model::path(index, &all));
        prop_assert!(verify_inclusion(all[index], position, head(&all), &proof).is_ok());
        let proof = consistency_proof(&all, position + 1).unwrap();
        prop_assert_eq!(&proof, &model::subproof(index + 1, &all, true));
        let old = head(&all[..=index]);
        prop_assert!(verify_consistency(old, head(&all), &proof).is_ok());
    }

    /// One pass makes the proofs of any leaves and any sizes together, each as if it had been made alone.
    #[test]
    fn one_pass_makes_every_proof(
        size in 1_usize..600,
        wanted in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        sizes in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let all = leaves(size);
        let wanted: BTreeSet<usize> = wanted.iter().map(|at| at.index(size)).collect();
        let sizes: BTreeSet<usize> = sizes.iter().map(|at| at.index(size + 1)).collect();
        let mut prover = Prover::default();
        for (index, leaf) in all.iter().enumerate() {
            if sizes.contains(&index) {
                prop_assert_eq!(prover.grow_from_here(), head(&all[..index]));
            }
            if wanted.contains(&index) { prover.push_proven(*leaf) } else { prover.push(*leaf) }
        }
        if sizes.contains(&size) {
            prover.grow_from_here();
        }
        let proofs = prover.finish();
        prop_assert_eq!(proofs.head, head(&all));
        prop_assert_eq!(proofs.inclusions.len(), wanted.len());
        for (index, proof) in wanted.into_iter().zip(proofs.inclusions) {
            prop_assert_eq!(proof.index, u64::try_from(index).unwrap());
            prop_assert_eq!(proof.hashes, model::path(index, &all));
        }
        let sizes: Vec<usize> = sizes.into_iter().filter(|size| *size > 0).collect();
        prop_assert_eq!(proofs.growths.len(), sizes.len());
        for (old, proof) in sizes.into_iter().zip(proofs.growths) {
            prop_assert_eq!(proof.old, u64::try_from(old).unwrap());
            prop_assert_eq!(proof.hashes, model::subproof(old, &all, true));
        }
    }

    /// Any one change to a sound proof makes it unsound.
    #[test]
    fn changed_proofs_are_refused(
        size in 2_usize..200,
        at in any::<prop::sample::Index>(),
        bit in 0_usize..256,
        which in any::<prop::sample::Index>(),
    ) {
        let all = leaves(size);
        let index = at.index(size - 1);
        let position = u64::try_from(index).unwrap();
        let new = head(&all);
        let flip = |proof: &[Hash]| {
            let mut proof = proof.to_vec();
            let hashes = proof.len();
            proof[which.index(hashes)].0[bit / 8] ^= 1 << (bit % 8);
            proof
        };
        let sound = inclusion_proof(&all, position).unwrap();
        let check = |proof: &[Hash]| verify_inclusion(all[index], position, new, proof);
        prop_assert!(check(&flip(&sound)).is_err());
        prop_assert!(check(&sound[1..]).is_err());
        prop_assert!(check(&[&sound[..], &sound[..1]].concat()).is_err());
        prop_assert!(verify_inclusion(all[index], position + 1, new, &sound).is_err());
        prop_assert!(verify_inclusion(all[index + 1], position, new, &sound).is_err());

        let old = head(&all[..=index]);
        let sound = consistency_proof(&all, position + 1).unwrap();
        let check = |proof: &[Hash]| verify_consistency(old, new, proof);
        prop_assert!(check(&flip(&sound)).is_err());
        prop_assert!(check(&sound[1..]).is_err());
        prop_assert!(check(&[&sound[..], &sound[..1]].concat()).is_err());
        let other = TreeHead { size: old.size, root: new.root };
        prop_assert!(verify_consistency(other, new, &sound).is_err());
    }
}
