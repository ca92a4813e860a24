# Shorthands; nothing here that the README's two commands need. `just` alone lists them.

_default:
    @just --list --unsorted

# Everything that must be green before a merge: the same as continuous integration.
test:
    tests/run

# The quick turn while working: what the compiler and clippy say.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Formats everything.
fmt:
    cargo fmt --all

# The tests of the pure core alone, in seconds.
core *filter:
    cargo test -p wasl-core {{filter}}

# The code's own documentation, private items included.
docs:
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --document-private-items --open

# The daemon on the sample year, with the sandbox notifiers.
serve *args:
    cargo run --release -- serve {{args}}

# Every finding about the shipped workflows.
check *paths:
    cargo run -- check {{paths}}

# Forgets every case of the sample year.
fresh:
    rm -rf var

# Known faults of dependencies; needs the network, so it is not part of `test`.
advisories:
    cargo deny check advisories

# What is shipped: slow to build, fast to run.
dist:
    cargo build --profile dist --locked
