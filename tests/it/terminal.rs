//! What a person sees on a terminal while something lasts; who reads a pipe sees nothing of it.

use std::process::Command;

use crate::support::program::Desk;

/// Runs a command on a terminal of its own, and says what was written to it.
const ON_A_TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

fn seen(desk: &Desk, args: &[&str]) -> String {
    let wasl = desk.command(args);
    let mut command = Command::new(std::env::var_os("WASL_TEST_PYTHON").expect("tests/run brings Python"));
    command.args(["-c", ON_A_TERMINAL]).arg(wasl.get_program()).args(wasl.get_args());
    for (name, value) in wasl.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.env("TERM", "xterm").current_dir(wasl.get_current_dir().unwrap()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_terminal_shows_how_far_a_file_is_read_and_a_pipe_does_not() {
    let desk = Desk::shipped();
    let on_terminal = seen(&desk, &["detect", "--dry-run", "account-transfer"]);
    let drew = |seen: &str, parts: &[&str]| {
        seen.split('\r').any(|drawn| drawn.contains('█') && parts.iter().all(|part| drawn.contains(part)))
    };
    assert!(drew(&on_terminal, &["death-register/", " % ", " rows, ", " cases"]), "{on_terminal:?}");
    let arabic = seen(&desk, &["detect", "--dry-run", "account-transfer", "--lang", "ar"]);
    assert!(drew(&arabic, &["death-register/", " % ", "، "]), "{arabic:?}");
    let piped = desk.run(&["detect", "--dry-run", "account-transfer"]);
    assert!(piped.code == 0 && piped.err.is_empty() && !piped.out.contains('█'), "{piped:?}");
}
