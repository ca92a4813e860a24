//! This process among others that work on the same database.

use std::sync::LazyLock;

/// Its name: the machine and the process, as people look for it. Machines and containers have names of their own.
pub(crate) fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let machine =
            std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
        let machine = machine.unwrap_or_default();
        let machine = machine.trim().split('.').next().filter(|name| !name.is_empty()).unwrap_or("here");
        format!("{machine}/{}", std::process::id())
    });
    &NAME
}
