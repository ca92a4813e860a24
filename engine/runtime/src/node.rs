//! This process among others that work on the same database.

use std::hash::BuildHasher as _;
use std::sync::LazyLock;

/// So much of a machine's name is enough to find it.
const MACHINE_LETTERS_MAX: usize = 32;

/// Its name: the machine and the process, as people look for it, and what no other process has: two containers may well
/// share a name and a number.
pub(crate) fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let own = std::hash::RandomState::new().hash_one(());
        format!("{}/{}/{:08x}", machine(), std::process::id(), own >> 32)
    });
    &NAME
}

/// The name of the machine.
pub(crate) fn machine() -> &'static str {
    static MACHINE: LazyLock<String> = LazyLock::new(|| {
        let machine =
            std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
        let machine = machine.unwrap_or_default();
        let machine = machine.trim().split('.').next().filter(|name| !name.is_empty()).unwrap_or("here");
        machine.chars().take(MACHINE_LETTERS_MAX).collect()
    });
    &MACHINE
}
