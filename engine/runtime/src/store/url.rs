//! The address of a database, which may hold a password and never shows it.

use std::fmt::{self, Debug, Display, Formatter};
use std::path::PathBuf;

use super::error::StoreError;

/// `sqlite:` and the path of a file, or `postgres://` and a server; what is neither is refused when it is opened.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Where a database lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    File(PathBuf),
    Server,
}

const SERVERS: [&str; 2] = ["postgres://", "postgresql://"];

impl DatabaseUrl {
    /// The file of a `SQLite` database.
    pub fn file(&self) -> Option<PathBuf> {
        match self.place() {
            Ok(Place::File(path)) => Some(path),
            Ok(Place::Server) | Err(_) => None,
        }
    }

    /// Whether it names a file or a server.
    pub fn is_known(&self) -> bool {
        self.place().is_ok()
    }

    /// Whether it holds a password.
    pub fn has_password(&self) -> bool {
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        let in_query = rest.split(['?', '&']).skip(1).any(|pair| pair.starts_with("password="));
        !self.0.starts_with("sqlite:") && (in_query || at_server(rest).is_some_and(|(user, _)| user.contains(':')))
    }

    /// The same server, where tables are made and looked for in a schema of these letters, digits and `_`.
    pub(super) fn within(&self, schema: &str) -> Self {
        let sign = if self.0.contains('?') { '&' } else { '?' };
        Self(format!("{}{sign}options[search_path]={schema}", self.0))
    }

    /// The whole address, for the driver alone.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// A `SQLite` database in memory is not shared between connections, so it is none.
    pub(super) fn place(&self) -> Result<Place, StoreError> {
        let unknown = || StoreError::Url { url: self.to_string() };
        if SERVERS.iter().any(|scheme| self.0.len() > scheme.len() && self.0.starts_with(scheme)) {
            return Ok(Place::Server);
        }
        let rest = self.0.strip_prefix("sqlite:").ok_or_else(unknown)?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let path = rest.split('?').next().unwrap_or_default();
        if path.is_empty() || path == ":memory:" { Err(unknown()) } else { Ok(Place::File(path.into())) }
    }
}

/// What stands before the last `@`, which may hold a password with any signs in it, and what stands behind.
fn at_server(rest: &str) -> Option<(&str, &str)> {
    rest.rsplit_once('@')
}

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Display for DatabaseUrl {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        if self.0.starts_with("sqlite:") {
            return to.write_str(&self.0);
        }
        let Some((scheme, rest)) = self.0.split_once("://").filter(|_| self.0.starts_with("postgres")) else {
            // Whatever it is, it may hold a password; its beginning is enough.
            return write!(to, "{}:…", self.0.split(':').next().unwrap_or_default());
        };
        if let Some((user, _)) = at_server(rest) {
            write!(to, "{scheme}://{}@", user.split([':', '/', '?', '@']).next().unwrap_or_default())?;
        } else {
            write!(to, "{scheme}://")?;
        }
        let server = at_server(rest).map_or(rest, |(_, server)| server);
        to.write_str(server.split('?').next().unwrap_or_default())
    }
}

impl Debug for DatabaseUrl {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.into()
    }

    #[test]
    fn only_files_and_servers_are_addresses_and_no_password_is_shown() {
        for (text, file) in
            [("sqlite:var/wasl.sqlite", "var/wasl.sqlite"), ("sqlite:///var/w.sqlite?mode=rwc", "/var/w.sqlite")]
        {
            assert_eq!((url(text).file(), url(text).has_password()), (Some(PathBuf::from(file)), false));
        }
        for text in ["sqlite::memory:", "sqlite:", "wasl.sqlite", "mysql://wasl:secret@host/wasl", "postgres://"] {
            let error = url(text).place().unwrap_err().to_string();
            assert!(error.contains("`database`") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_password_of_a_server_is_never_shown() {
        for (text, shown) in [
            ("postgres://wasl:secret@db.example:5432/wasl", "postgres://wasl@db.example:5432/wasl"),
            ("postgresql://wasl:se@cret@db/wasl?sslmode=verify-full", "postgresql://wasl@db/wasl"),
            ("postgres:///wasl?user=wasl&password=secret", "postgres:///wasl"),
            ("postgres://wasl:se/cret@db/wasl", "postgres://wasl@db/wasl"),
            ("postgres://wasl:se?cret@db/wasl?application_name=a", "postgres://wasl@db/wasl"),
        ] {
            assert_eq!((url(text).to_string(), format!("{:?}", url(text))), (shown.into(), shown.into()));
            assert!(url(text).has_password());
        }
        for text in ["postgres://wasl@db/wasl", "postgres://db/wasl", "postgres:///wasl?host=/run/postgresql"] {
            assert!(!url(text).has_password(), "{text}");
        }
    }
}
