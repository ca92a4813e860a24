//! Addresses of pages with what they are asked.

use std::fmt::Write as _;

/// A page asked with these; what is empty is left out.
pub(super) fn with(page: &str, asked: &[(&str, String)]) -> String {
    let mut address = page.to_owned();
    let mut sign = '?';
    for (name, value) in asked.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(address, "{sign}{name}=");
        address.extend(value.bytes().map(encoded));
        sign = '&';
    }
    address
}

/// A byte within an address.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_cannot_become_part_of_the_address() {
        let asked = [("who", "user:huda&act=x".to_owned()), ("act", String::new()), ("case", "ليلى".to_owned())];
        assert_eq!(
            with("/admin/audit", &asked),
            "/admin/audit?who=user%3Ahuda%26act%3Dx&case=%D9%84%D9%8A%D9%84%D9%89"
        );
        assert_eq!(with("/cases", &[("q", String::new())]), "/cases");
    }
}
