//! Passwords: argon2id with the parameters that OWASP names first (19 MiB, two passes), and what makes one good enough.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// Letters of the shortest password. Length is what makes guessing dear; no kinds of letters are asked for
/// (NIST SP 800-63B).
pub(crate) const LETTERS_MIN: usize = 12;
/// Bytes of the longest: hashing more is a way to keep us busy.
const BYTES_MAX: usize = 1_024;
/// Different letters of the poorest password.
const DIFFERENT_MIN: usize = 5;
/// Words that stand at the top of every list of stolen passwords once they are long enough, or that come to mind here.
/// With nothing but digits and signs around them they are guessed first.
const WORDS: [&str; 15] = [
    "password",
    "passwort",
    "passw0rd",
    "passwordpassword",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "qwerty",
    "iloveyou",
    "changeme",
    "wasl",
    "waslwasl",
    "وصل",
    "كلمةالمرور",
];
/// Walks along the keys.
const WALKS: [&str; 6] = [
    "1234567890",
    "0987654321",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6y7u8i9o0p",
];
/// What is compared with where there is no such user, so that the answer takes as long.
const NOBODY: &str = "nobody has this password";

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// It has fewer letters than [`LETTERS_MIN`].
    Short,
    /// It has more bytes than can be meant.
    Long,
    /// It contains the name of its owner.
    Name,
    /// It is among the first that anybody would try.
    Common,
}

/// What is wrong with a password of somebody.
pub(crate) fn weakness(password: &str, name: &str) -> Option<Weak> {
    match password {
        _ if password.chars().count() < LETTERS_MIN => Some(Weak::Short),
        _ if password.len() > BYTES_MAX => Some(Weak::Long),
        _ if password.to_lowercase().contains(&name.to_lowercase()) => Some(Weak::Name),
        _ if is_common(password) => Some(Weak::Common),
        _ => None,
    }
}

/// Whether a password is among the first that anybody would try: hardly any different letters, a word that everybody
/// takes with digits around it, or a walk along the keys.
fn is_common(password: &str) -> bool {
    let letters: String = password.to_lowercase().chars().filter(|letter| !letter.is_whitespace()).collect();
    let different = letters.chars().collect::<BTreeSet<_>>().len();
    let word = letters.trim_matches(|letter: char| !letter.is_alphabetic());
    different < DIFFERENT_MIN || WORDS.contains(&word) || WALKS.iter().any(|walk| is_walk(&letters, walk))
}

/// Whether it is one walk along the keys, from wherever it begins and round again.
fn is_walk(letters: &str, walk: &str) -> bool {
    walk.repeat(letters.len() / walk.len() + 2).contains(letters)
}

/// The hash of a password, with its salt and parameters. `None` if the system has no randomness.
pub(crate) async fn hash(turns: &Arc<Semaphore>, password: String) -> Option<String> {
    apart(turns, move || Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string())).await.flatten()
}

/// Whether a password is the one of a hash. Without a hash it never is, and it takes as long.
pub(crate) async fn matches(turns: &Arc<Semaphore>, password: String, hash: Option<String>) -> bool {
    let check = move || {
        if password.len() > BYTES_MAX {
            return false;
        }
        let known = hash.is_some();
        let Some(hash) = hash.or_else(nobody) else { return false };
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known
    };
    apart(turns, check).await.unwrap_or(false)
}

/// What is compared with where there is no user.
fn nobody() -> Option<String> {
    static HASH: OnceLock<Option<String>> = OnceLock::new();
    HASH.get_or_init(|| Some(Argon2::default().hash_password(NOBODY.as_bytes()).ok()?.to_string())).clone()
}

/// Does what takes long away from the threads that answer, so many at once as there are turns.
async fn apart<T: Send + 'static>(turns: &Arc<Semaphore>, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let turn = Arc::clone(turns).acquire_owned().await.ok()?;
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own_and_matches_only_itself() {
        let turns = Arc::new(Semaphore::new(1));
        let password = "correct horse battery";
        let one = hash(&turns, password.into()).await.unwrap();
        let other = hash(&turns, password.into()).await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && one != other, "{one}");
        assert!(matches(&turns, password.into(), Some(one.clone())).await);
        assert!(!matches(&turns, "correct horse batterY".into(), Some(one.clone())).await);
        assert!(!matches(&turns, NOBODY.into(), None).await);
        assert!(!matches(&turns, password.into(), Some("damaged".into())).await);
    }

    #[test]
    fn length_counts_in_letters_and_the_own_name_does_not() {
        for (password, weak) in [
            ("elevenlette", Some(Weak::Short)),
            ("كلمة مرور طويلة", None),
            ("twelve letters", None),
            ("Huda's password", Some(Weak::Name)),
            ("            ", Some(Weak::Common)),
            ("ababababcdcd", Some(Weak::Common)),
            ("password1234", Some(Weak::Common)),
            ("Password2026!", Some(Weak::Common)),
            ("123456789012", Some(Weak::Common)),
            ("qwertyuiopas", Some(Weak::Common)),
            ("Wasl20262027", Some(Weak::Common)),
            ("abcdefghijkl", Some(Weak::Common)),
            ("password of the lighthouse", None),
            ("wasl carries the news", None),
        ] {
            assert_eq!(weakness(password, "huda"), weak, "{password}");
        }
        assert_eq!(weakness(&"x".repeat(BYTES_MAX + 1), "huda"), Some(Weak::Long));
    }
}
