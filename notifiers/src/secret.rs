//! Secrets: where they are found, and a type that does not print them.
//!
//! The configuration only says *where* a secret is ([`SecretRef`]); reading the environment and the
//! disk happens behind [`SecretSource`], so that tests need neither.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use sha2::{Digest as _, Sha256};

/// A value that must not be shown: `Debug` and `Display` print `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one line that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is it; takes as long wherever they differ, and whatever their lengths.
    pub fn is(&self, given: &str) -> bool {
        let (right, given) = (Sha256::digest(self.0.as_bytes()), Sha256::digest(given.as_bytes()));
        right.iter().zip(given.iter()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where a secret is kept: `{env: NAME}` or `{file: PATH}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file whose whole content, without the final line break, is the secret.
    File(PathBuf),
}

impl SecretRef {
    /// Fetches the secret.
    ///
    /// # Errors
    /// When the variable is not set, the file cannot be read, or what was found is empty. The error
    /// names the place, never what was found there.
    pub fn resolve(&self, source: &dyn SecretSource) -> Result<Secret, SecretError> {
        let found = match self {
            Self::Env(name) => source.env(name).ok_or_else(|| SecretError::NotSet { name: name.clone() })?,
            Self::File(path) => {
                source.file(path).map_err(|cause| SecretError::Unreadable { path: path.clone(), cause })?
            }
        };
        let value = found.trim_end_matches(['\r', '\n']);
        if value.is_empty() {
            return Err(SecretError::Empty { place: self.to_string() });
        }
        Ok(Secret::new(value))
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "file `{}`", path.display()),
        }
    }
}

/// Said in place of the value, which might be the secret itself.
const PLAIN_SECRET: &str = "a secret is never written into the configuration: say where it is kept, \
     with `{env: NAME}` or `{file: PATH}`, and change the secret if it was ever written here";

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretRefVisitor)
    }
}

struct SecretRefVisitor;

/// Refuses every kind of scalar without repeating it: serde's own message would quote the value.
macro_rules! refuse_scalars {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(fn $method<E: de::Error>(self, _: $type) -> Result<SecretRef, E> {
            Err(E::custom(PLAIN_SECRET))
        })+
    };
}

impl<'de> Visitor<'de> for SecretRefVisitor {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`{env: NAME}` or `{file: PATH}`")
    }

    refuse_scalars! {
        visit_str: &str, visit_bytes: &[u8], visit_bool: bool, visit_i64: i64, visit_u64: u64,
        visit_i128: i128, visit_u128: u128, visit_f64: f64,
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretRef, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            entries.insert(key, value);
        }
        let mut entries = entries.into_iter();
        match (entries.next(), entries.next()) {
            (Some((key, name)), None) if key == "env" => Ok(SecretRef::Env(name)),
            (Some((key, path)), None) if key == "file" => Ok(SecretRef::File(path.into())),
            _ => Err(de::Error::custom("a secret has exactly one of `env: NAME` and `file: PATH`")),
        }
    }
}

/// Why a secret was not found. Never contains the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable does not exist.
    #[error("environment variable `{name}` is not set")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// The file cannot be read.
    #[error("file `{}` cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// There is nothing in it.
    #[error("{place} is empty")]
    Empty {
        /// Where it was looked for.
        place: String,
    },
}

/// What a notifier may read from outside the configuration while it is built.
pub trait SecretSource {
    /// The value of an environment variable.
    fn env(&self, name: &str) -> Option<String>;

    /// The text of a file that the configuration names.
    ///
    /// # Errors
    /// As the file system reports them; text that is not UTF-8 is an error too.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// The real thing: this process's environment and disk.
#[derive(Clone, Debug, Default)]
pub struct ProcessSecrets {
    base: PathBuf,
}

impl ProcessSecrets {
    /// Relative paths are taken from `base`, usually the folder of the configuration file.
    pub fn relative_to(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }
}

impl SecretSource for ProcessSecrets {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(self.base.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeSecrets;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[redacted] [redacted] Some([redacted])");
        assert_eq!(secret.expose(), "hunter2");
        assert!(secret.is("hunter2") && !secret.is("hunter") && !secret.is("") && !secret.is("hunter22"));
    }

    #[test]
    fn a_plain_secret_in_the_configuration_is_refused_without_repeating_it() {
        for text in ["hunter2", "'hunter2'", "123456789", "1.5", "true"] {
            let error = serde_yaml::from_str::<SecretRef>(text).unwrap_err().to_string();
            assert!(error.contains("`{env: NAME}` or `{file: PATH}`"), "{text}: {error}");
        }
        let error = serde_yaml::from_str::<BTreeMap<String, SecretRef>>("auth_token: hunter2").unwrap_err();
        assert!(error.to_string().contains("never written"), "{error}");
        assert!(!error.without_snippet().to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_reference_has_exactly_one_place() {
        assert_eq!(serde_yaml::from_str::<SecretRef>("{env: TOKEN}").unwrap(), SecretRef::Env("TOKEN".to_owned()));
        assert_eq!(serde_yaml::from_str::<SecretRef>("{file: /run/t}").unwrap(), SecretRef::File("/run/t".into()));
        for text in ["{}", "{env: A, file: B}", "{value: hunter2}"] {
            let error = serde_yaml::from_str::<SecretRef>(text).unwrap_err().to_string();
            assert!(error.contains("exactly one"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_found_loses_its_final_line_break_and_must_not_be_empty() {
        let source = FakeSecrets::new().env("T", "abc").env("E", "").file("/run/t", " abc \r\n");
        let resolve = |reference: SecretRef| reference.resolve(&source).map_err(|error| error.to_string());
        assert_eq!(resolve(SecretRef::Env("T".into())).unwrap().expose(), "abc");
        assert_eq!(resolve(SecretRef::File("/run/t".into())).unwrap().expose(), " abc ");
        assert_eq!(resolve(SecretRef::Env("E".into())).unwrap_err(), "environment variable `E` is empty");
        assert_eq!(resolve(SecretRef::Env("X".into())).unwrap_err(), "environment variable `X` is not set");
        let error = resolve(SecretRef::File("/run/x".into())).unwrap_err();
        assert!(error.starts_with("file `/run/x` cannot be read: "), "{error}");
    }

    #[test]
    fn files_are_found_beside_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "abc\n").unwrap();
        let source = ProcessSecrets::relative_to(folder.path());
        assert_eq!(SecretRef::File("token".into()).resolve(&source).unwrap().expose(), "abc");
    }
}
