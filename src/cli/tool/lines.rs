//! Questions as lines of JSON: one in, one out, and a bad one never stops the rest.

use std::io::{self, BufRead, IsTerminal, Write};

use serde_json::{Value as Json, json};

use super::Reply;
use crate::failure::{Exit, Failure};
use crate::output::Answer;

/// The longest question, in bytes: more is no question but a mistake.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Answers the question of the command line; without one, those of standard input.
///
/// # Errors
/// There is no question, the only one cannot be answered, or standard input or output fails.
pub(super) fn answer(
    question: Option<Json>,
    mut tool: impl FnMut(&Json) -> Result<Reply, String>,
) -> Result<Answer, Failure> {
    if let Some(question) = question {
        let reply = tool(&question).map_err(|message| Failure::new(Exit::Refused, message))?;
        return Ok(Answer::new(reply.text, reply.json));
    }
    let input = io::stdin();
    if input.is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nothing to look at")
            .help("give it as an argument, or pipe one JSON value a line into it; see `--help`"));
    }
    let all_good = answer_lines(input.lock(), io::stdout().lock(), tool)
        .map_err(|error| Failure::new(Exit::Refused, format!("cannot read or write: {error}")))?;
    Ok(Answer::new("", Json::Null).exit(if all_good { Exit::Done } else { Exit::Refused }))
}

/// Answers line by line; says whether every line could be answered. Blank lines are passed over.
fn answer_lines(
    mut input: impl BufRead,
    output: impl Write,
    mut tool: impl FnMut(&Json) -> Result<Reply, String>,
) -> io::Result<bool> {
    let mut output = io::BufWriter::new(output);
    let mut all_good = true;
    let mut line = Vec::new();
    loop {
        line.clear();
        if io::Read::take(&mut input, LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let whole = line.ends_with(b"\n") || !at_limit(&line);
        if !whole {
            skip_line(&mut input)?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let reply = if whole { read(&line) } else { Err("the line is longer than 1 MiB".into()) };
        let reply = reply.and_then(|question| tool(&question));
        all_good &= reply.is_ok();
        let json = reply.map_or_else(|error| json!({ "error": error }), |reply| reply.json);
        match writeln!(output, "{json}") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(all_good),
            other => other?,
        }
    }
    match output.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(all_good),
        other => other.map(|()| all_good),
    }
}

fn at_limit(line: &[u8]) -> bool {
    u64::try_from(line.len()).unwrap_or(u64::MAX) >= LINE_BYTES_MAX
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn read(line: &[u8]) -> Result<Json, String> {
    serde_json::from_slice(line).map_err(|error| format!("this line is not JSON: {error}"))
}

/// The text of a question: a JSON string, or a member of an object.
pub(super) fn text<'q>(question: &'q Json, member: &str) -> Result<&'q str, String> {
    let value = question.get(member).unwrap_or(question);
    value.as_str().ok_or_else(|| format!("give a JSON string, or an object with a text `{member}`"))
}

/// A text member that must be there.
pub(super) fn required<'q>(question: &'q Json, member: &str) -> Result<&'q str, String> {
    optional(question, member)?.ok_or_else(|| format!("`{member}` is missing"))
}

/// A text member that may be there.
pub(super) fn optional<'q>(question: &'q Json, member: &str) -> Result<Option<&'q str>, String> {
    match question.get(member) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("`{member}` is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(question: &Json) -> Result<Reply, String> {
        let text = text(question, "text")?;
        Ok(Reply { text: text.to_owned(), json: json!({ "got": text }) })
    }

    fn run(input: &[u8]) -> (bool, Vec<Json>) {
        let mut output = Vec::new();
        let good = answer_lines(input, &mut output, echo).unwrap();
        let lines = String::from_utf8(output).unwrap();
        (good, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    #[test]
    fn each_line_has_its_answer() {
        let (good, lines) = run("\"a\"\n\n{\"text\": \"ب\"}".as_bytes());
        assert!(good);
        assert_eq!(lines, [json!({"got": "a"}), json!({"got": "ب"})]);
    }

    #[test]
    fn a_bad_line_is_told_and_the_rest_goes_on() {
        for bad in [&b"{"[..], b"7", b"\xff\xfe", b"{\"other\": 1}"] {
            let (good, lines) = run(&[b"\"a\"\n", bad, b"\n\"b\"\n"].concat());
            assert!(!good);
            assert_eq!((&lines[0], &lines[2]), (&json!({"got": "a"}), &json!({"got": "b"})));
            assert!(lines[1]["error"].is_string(), "{}", lines[1]);
        }
    }

    #[test]
    fn a_line_beyond_every_measure_is_one_bad_line() {
        let long = usize::try_from(LINE_BYTES_MAX).unwrap() * 3;
        let (good, lines) = run(&[b"\"".repeat(long).as_slice(), b"\n\"b\"\n"].concat());
        assert!(!good);
        assert_eq!(lines, [json!({"error": "the line is longer than 1 MiB"}), json!({"got": "b"})]);
    }
}
