//! Ed25519 keys of signed notes, as text in the form of Go's `golang.org/x/mod/sumdb/note`.

use std::fmt;
use std::str::FromStr;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use tuanzhang_log::Hash;
use tuanzhang_log::tree::sha256;

use crate::base64;
use crate::checkpoint::SignedCheckpoint;
use crate::note::{NotANote, Note, SIGNATURES_MAX, Signature, is_key_name};

/// The signature type of plain Ed25519.
const ED25519_TYPE: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// What checks one key's signatures: `NAME+ID+BASE64`, for everybody to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key_id: [u8; 4],
    public: [u8; 32],
}

/// What makes one key's signatures: `PRIVATE+KEY+NAME+ID+BASE64`, for nobody else to see.
pub struct SignerKey {
    verifier: VerifierKey,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Not of the form.
    #[error("a verifier key is NAME+ID+BASE64, as `new-key` prints it")]
    NotAVerifier,
    /// Not of the form.
    #[error("a private key is PRIVATE+KEY+NAME+ID+BASE64, as `new-key` writes it")]
    NotASigner,
    /// A space, a plus or a control character, or nothing.
    #[error("the name of a key has no space, no plus and no control character, and isn't empty")]
    BadName,
    /// The key is of another algorithm.
    #[error("only Ed25519 keys (type 1) are known here, not type {algorithm}")]
    UnknownAlgorithm {
        /// Its number.
        algorithm: u8,
    },
    /// The id in the text isn't that of name and key: one of them was changed.
    #[error("the id in the key is not that of its name and bytes: copy the key again, whole")]
    WrongId,
}

/// Why no new key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// The name is no name of a key.
    #[error(transparent)]
    Name(#[from] NotAKey),
    /// No randomness could be had from the system.
    #[error("the system gave no randomness for a key; nothing was made")]
    NoRandomness,
}

/// Why a note isn't vouched for by a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// No signature of this key.
    #[error("no signature of {key} is on it")]
    Missing {
        /// The key.
        key: String,
    },
    /// A signature of this key that isn't one: the text was changed, or somebody else wrote it.
    #[error("the signature of {key} is bad: the text is not what was signed")]
    Bad {
        /// The key.
        key: String,
    },
}

impl VerifierKey {
    fn new(name: &str, public: [u8; 32]) -> Self {
        let bytes = [name.as_bytes(), &[b'\n', ED25519_TYPE], &public].concat();
        let Hash([a, b, c, d, ..]) = sha256(&bytes);
        Self { name: name.to_owned(), key_id: [a, b, c, d], public }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks that the key signed the note. Signatures of other keys, known or not, are no matter.
    ///
    /// # Errors
    /// No signature of this key, or a bad one beside whatever else.
    pub fn check(&self, note: &Note) -> Result<(), NotSigned> {
        let own: Vec<_> = note.signatures().iter().filter(|one| self.is_of(one)).collect();
        let key = || format!("{}+{:08x}", self.name, u32::from_be_bytes(self.key_id));
        let good = |signature: &&Signature| {
            let key = UnparsedPublicKey::new(&ED25519, self.public);
            key.verify(note.text().as_bytes(), signature.bytes()).is_ok()
        };
        match own.as_slice() {
            [] => Err(NotSigned::Missing { key: key() }),
            own if own.iter().all(good) => Ok(()),
            _ => Err(NotSigned::Bad { key: key() }),
        }
    }

    fn is_of(&self, signature: &Signature) -> bool {
        signature.name() == self.name && signature.key_id() == self.key_id
    }
}

impl SignerKey {
    /// A new key under this name, random from the system.
    ///
    /// # Errors
    /// The name is none, or there is no randomness.
    pub fn random(name: &str) -> Result<Self, NotMade> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| NotMade::NoRandomness)?;
        Ok(Self::of_seed(name, seed)?)
    }

    fn of_seed(name: &str, seed: [u8; 32]) -> Result<Self, NotAKey> {
        if !is_key_name(name) {
            return Err(NotAKey::BadName);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NotAKey::NotASigner)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NotAKey::NotASigner)?;
        Ok(Self { verifier: VerifierKey::new(name, public), seed, pair })
    }

    /// What checks its signatures.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key as text, to be kept where nobody else reads it.
    pub fn to_private_text(&self) -> String {
        let VerifierKey { name, key_id, .. } = &self.verifier;
        let key = [&[ED25519_TYPE], self.seed.as_slice()].concat();
        let id = u32::from_be_bytes(*key_id);
        format!("{PRIVATE}{name}+{id:08x}+{}", base64::encode(&key))
    }

    /// Puts this key's signature on a note, in place of one that it had of it.
    ///
    /// # Errors
    /// The note has as many signatures as it may, or becomes too large.
    pub fn sign(&self, note: &mut Note) -> Result<(), NotANote> {
        let bytes = self.pair.sign(note.text().as_bytes()).as_ref().to_vec();
        let VerifierKey { name, key_id, .. } = &self.verifier;
        let signature = Signature::new(name.clone(), *key_id, bytes);
        let mut signed = note.clone();
        signed.keep_signatures(|one| !self.verifier.is_of(one));
        signed.add_signature(signature)?;
        *note = signed;
        Ok(())
    }
}

impl SignedCheckpoint {
    /// Puts a key's signature on it.
    ///
    /// # Errors
    /// It has as many signatures as it may.
    pub fn sign(&mut self, key: &SignerKey) -> Result<(), NotANote> {
        key.sign(self.note_mut())
    }
}

/// Takes `NAME+ID+BASE64` apart.
fn parts(text: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let parsed = u32::from_str_radix(id, 16).ok()?;
    (format!("{parsed:08x}") == id).then_some((name, parsed, base64::decode(key)?))
}

/// The 32 bytes of an Ed25519 key behind their type.
fn ed25519(key: &[u8], no_key: NotAKey) -> Result<[u8; 32], NotAKey> {
    match key.split_first() {
        Some((&ED25519_TYPE, key)) => key.try_into().map_err(|_| no_key),
        Some((algorithm, _)) => Err(NotAKey::UnknownAlgorithm { algorithm: *algorithm }),
        None => Err(no_key),
    }
}

impl FromStr for VerifierKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (name, id, key) = parts(text).ok_or(NotAKey::NotAVerifier)?;
        let public = ed25519(&key, NotAKey::NotAVerifier)?;
        if !is_key_name(name) {
            return Err(NotAKey::BadName);
        }
        let verifier = Self::new(name, public);
        if verifier.key_id == id.to_be_bytes() { Ok(verifier) } else { Err(NotAKey::WrongId) }
    }
}

impl FromStr for SignerKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let text = text.strip_prefix(PRIVATE).ok_or(NotAKey::NotASigner)?;
        let (name, id, key) = parts(text).ok_or(NotAKey::NotASigner)?;
        let signer = Self::of_seed(name, ed25519(&key, NotAKey::NotASigner)?)?;
        if signer.verifier.key_id == id.to_be_bytes() { Ok(signer) } else { Err(NotAKey::WrongId) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE], self.public.as_slice()].concat();
        let id = u32::from_be_bytes(self.key_id);
        write!(f, "{}+{id:08x}+{}", self.name, base64::encode(&key))
    }
}

impl fmt::Debug for SignerKey {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

const _: () = assert!(SIGNATURES_MAX >= 16, "https://c2sp.org/signed-note asks for that many");

#[cfg(test)]
mod tests {
    use super::*;

    // As published with Go's golang.org/x/mod/sumdb/note.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_PRIVATE: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const BY_PETER: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const BY_ENOCH: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn note(signatures: &[&str]) -> Note {
        format!("{TEXT}\n{}", signatures.concat()).parse().unwrap()
    }

    #[test]
    fn the_published_keys_sign_and_check_the_published_note() {
        let (peter, enoch): (VerifierKey, VerifierKey) =
            (PETER.parse().unwrap(), ENOCH.parse().unwrap());
        let signer: SignerKey = PETER_PRIVATE.parse().unwrap();
        assert_eq!((signer.verifier(), peter.to_string().as_str()), (&peter, PETER));
        assert_eq!(signer.to_private_text(), PETER_PRIVATE);
        let mut by_peter = Note::unsigned(TEXT).unwrap();
        signer.sign(&mut by_peter).unwrap();
        assert_eq!(by_peter.to_string(), format!("{TEXT}\n{BY_PETER}"));
        let once = by_peter.clone();
        signer.sign(&mut by_peter).unwrap();
        assert_eq!(by_peter, once, "a key signs once");

        let both = note(&[BY_PETER, BY_ENOCH]);
        assert_eq!((peter.check(&both), enoch.check(&both)), (Ok(()), Ok(())));
        let key = "EnochRoot+af0cfe78".to_owned();
        assert_eq!(enoch.check(&note(&[BY_PETER])), Err(NotSigned::Missing { key }));
        assert_eq!(peter.check(&note(&[BY_PETER, BY_PETER])), Ok(()));
    }

    #[test]
    fn a_bad_signature_of_a_known_key_is_refused_and_unknown_ones_are_no_matter() {
        let peter: VerifierKey = PETER.parse().unwrap();
        let bad = Err(NotSigned::Bad { key: "PeterNeumann+c74f20a3".into() });
        let longer = BY_PETER.replace("1FFYC", "ABCD1FFYC");
        assert_eq!(peter.check(&note(&[&longer])), bad);
        assert_eq!(peter.check(&note(&[BY_PETER, &longer])), bad, "a good one doesn't heal it");
        assert_eq!(peter.check(&note(&[BY_PETER, &BY_ENOCH.replace("zmZa0", "AAAAA")])), Ok(()));
        // The same key id under another name is another key.
        assert_eq!(peter.check(&note(&[BY_PETER, &longer.replace("Peter", "Carmen")])), Ok(()));
        let other = format!("{}\n{BY_PETER}", TEXT.replace("don't", "do"));
        assert_eq!(peter.check(&other.parse().unwrap()), bad);
        // Every bit of text and signature counts.
        let text = format!("{TEXT}\n{BY_PETER}");
        let mut refused = 0;
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone().into_bytes();
                changed[at] ^= 1 << bit;
                let checked = Note::parse(&changed).map(|note| peter.check(&note).is_ok());
                assert_ne!(checked, Ok(true), "byte {at} bit {bit}");
                refused += 1;
            }
        }
        assert_eq!(refused, text.len() * 8);
    }

    #[test]
    fn other_texts_are_no_keys() {
        for key in [PETER, PETER_PRIVATE] {
            let is_key = |text: &str| {
                text.parse::<VerifierKey>().is_ok() || text.parse::<SignerKey>().is_ok()
            };
            assert!(is_key(key));
            for from in 0..key.len() {
                for to in from..=key.len() {
                    assert!(
                        (from, to) == (0, key.len()) || !is_key(&key[from..to]),
                        "{from}..{to}"
                    );
                }
                let mut bytes = key.as_bytes().to_vec();
                bytes[from] += 1;
                assert!(!is_key(&String::from_utf8(bytes).unwrap()), "{from}");
            }
        }
        let longer = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
        let other = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert!(longer.parse::<VerifierKey>().is_err());
        let unknown = Err(NotAKey::UnknownAlgorithm { algorithm: 0x65 });
        assert_eq!(other.parse::<VerifierKey>(), unknown);
    }

    #[test]
    fn a_new_key_is_another_each_time_and_says_nothing_of_itself() {
        let key = || SignerKey::random("liu.example/books").unwrap();
        let (one, other) = (key(), key());
        assert_ne!(one.verifier(), other.verifier());
        let read: SignerKey = one.to_private_text().parse().unwrap();
        let mut note = Note::unsigned("text\n").unwrap();
        read.sign(&mut note).unwrap();
        assert_eq!(one.verifier().check(&note), Ok(()));
        assert!(other.verifier().check(&note).is_err());
        let shown = format!("{one:?}");
        assert!(!shown.contains("seed") && !shown.contains("pair"), "{shown}");
        for name in ["", "two words", "a+b", "line\n", "\u{3000}"] {
            let refused = SignerKey::random(name).err();
            assert_eq!(refused, Some(NotMade::Name(NotAKey::BadName)), "{name:?}");
        }
    }
}
