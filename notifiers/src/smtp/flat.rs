//! Mail without mail inside it.
//!
//! `mail-parser` reads messages within messages as deep as they go, and taking such a tower down again needs
//! as much stack: some thousands of levels, a few hundred kilobytes of mail, end the process. So the three
//! words that open another level (`message/rfc822`, `message/global`, `multipart/digest`) are misspelt before the
//! parser sees them, and spelt again in what it gives back. A report's returned message is then one part
//! like any other, whose headers are read by themselves.

/// A word, the letter that is changed, and what stands there otherwise.
const WORDS: [(&[u8], usize, u8); 3] = [(b"rfc822", 4, b'2'), (b"global", 2, b'o'), (b"digest", 3, b'e')];
const INSTEAD: u8 = b'z';

/// The mail with the words misspelt.
pub(super) fn flat(raw: &[u8]) -> Vec<u8> {
    let mut flat = raw.to_vec();
    for (word, changed, _) in WORDS {
        swap(&mut flat, word, changed, INSTEAD);
    }
    flat
}

/// A text of such a mail as it was written.
pub(super) fn restored(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (word, changed, letter) in WORDS {
        let mut misspelt = word.to_vec();
        misspelt[changed] = INSTEAD;
        swap(&mut bytes, &misspelt, changed, letter);
    }
    // One ASCII letter took the place of another: it is text as before.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn swap(bytes: &mut [u8], word: &[u8], changed: usize, letter: u8) {
    let starts: Vec<usize> = bytes
        .windows(word.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(word))
        .map(|(start, _)| start)
        .collect();
    for start in starts {
        if let Some(byte) = bytes.get_mut(start + changed) {
            *byte = letter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_misspelt_and_spelt_again() {
        for text in ["Content-Type: message/rfc822", "a Global Digest of السلام", "mail@global.example.com", "rfc82", ""]
        {
            let flat = String::from_utf8(flat(text.as_bytes())).unwrap();
            for (word, _, _) in WORDS {
                assert!(!flat.to_lowercase().as_bytes().windows(6).any(|window| window == word), "{flat}");
            }
            assert_eq!(restored(&flat), text);
        }
    }
}
