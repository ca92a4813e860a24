//! Whether a text is well-formed XML, as far as a picture uses it.

/// Tags close in order, attributes are quoted and unique, no sign stands bare that may not.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain(&rest[..at])?;
        let end = rest[at..].find('>').ok_or("a tag is not closed")? + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let expected = open.pop();
            if expected != Some(name) {
                return Err(format!("</{name}> closes {expected:?}"));
            }
            continue;
        }
        let (inner, empty) = tag.strip_suffix('/').map_or((tag, false), |inner| (inner, true));
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        self::attributes(attributes)?;
        if !empty {
            open.push(name);
        }
        if open.len() == 1 && empty && rest.is_empty() {
            return Err("nothing is open".into());
        }
    }
    plain(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

fn attributes(mut text: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    text = text.trim();
    while !text.is_empty() {
        let (name, after) = text.split_once("=\"").ok_or_else(|| format!("no value: {text}"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("no end: {text}"))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-:".contains(c);
        if !name.chars().all(is_name) || seen.contains(&name) || value.contains('<') {
            return Err(format!("attribute {name}"));
        }
        plain(value)?;
        seen.push(name);
        text = after.trim_start();
    }
    Ok(())
}

/// No bare ampersand, no sign that XML does not know.
fn plain(text: &str) -> Result<(), String> {
    let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
    let bare = text.match_indices('&').any(|(at, _)| !known.iter().any(|entity| text[at..].starts_with(entity)));
    let control = text.chars().any(|c| c.is_control() && !"\n\t".contains(c));
    if bare || control { Err(format!("a bare sign in {text}")) } else { Ok(()) }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for wrong in
        ["<a>", "<a></b>", "<a x=1/>", "<a x=\"1\" x=\"2\"/>", "<a>&</a>", "<a x=\"&\"/>", "<a", "<a>\u{1}</a>"]
    {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    check("<a x=\"1\"><b/>&amp; text</a>").unwrap();
}
