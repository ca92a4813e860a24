//! A small disk of a test's own: a file system in a file, mounted while the test lives, which fills up, may not be written, or
//! breaks as a disk does. That wants root and `e2fsprogs`; a test that cannot have it says so in a line.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const SIZE: u64 = 16 << 20;

pub(crate) struct Disk {
    dir: TempDir,
}

impl Disk {
    pub(crate) fn fresh() -> Self {
        let disk = Self { dir: TempDir::new().unwrap() };
        fs::File::create(disk.image()).unwrap().set_len(SIZE).unwrap();
        fs::create_dir(disk.path("")).unwrap();
        run("mkfs.ext4", &["-q", "-F"], &disk.image());
        disk.mount();
        disk
    }

    /// A file on the disk.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("mounted").join(name)
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount(&self) {
        run("mount", &["-o", "loop,errors=remount-ro", self.image().to_str().unwrap()], &self.path(""));
    }

    /// Nothing is left of its room.
    pub(crate) fn fill(&self) {
        let mut filling = fs::File::create(self.path("filling")).unwrap();
        // Large pieces first, and then what is left over.
        for piece in [1 << 16, 1 << 10] {
            while filling.write_all(&vec![0; piece]).is_ok() {}
        }
        filling.sync_all().ok();
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path("filling")).unwrap();
    }

    /// A file of it may not be written any more, not even by those who have it open; or may again.
    pub(crate) fn forbid(&self, name: &str, is_forbidden: bool) {
        run("chattr", &[if is_forbidden { "+i" } else { "-i" }], &self.path(name));
    }

    /// The system finds a fault and makes it read-only under everybody who works on it.
    pub(crate) fn break_down(&self) {
        let mounts = fs::read_to_string("/proc/mounts").unwrap();
        let mounted = format!(" {} ", self.dir.path().join("mounted").display());
        let mount = mounts.lines().find(|mount| mount.contains(&mounted)).expect("it is mounted");
        let device = mount.split(' ').next().and_then(|device| device.strip_prefix("/dev/")).expect("a device");
        fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "1").unwrap();
    }

    /// What an operator does then, once nobody works on it.
    pub(crate) fn repair(&self) {
        run("umount", &[], &self.path(""));
        // It answers 1 where it has mended something.
        Command::new("e2fsck").args(["-f", "-y"]).arg(self.image()).output().unwrap();
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // At once for everybody who looks, whoever still has a file of it open.
        Command::new("umount").arg("--lazy").arg(self.path("")).status().ok();
    }
}

fn run(program: &str, args: &[&str], on: &Path) {
    let ran = Command::new(program).args(args).arg(on).output();
    let said = match ran {
        Ok(ran) if ran.status.success() => return,
        Ok(ran) => String::from_utf8_lossy(&ran.stderr).trim().replace('\n', " "),
        Err(error) => error.to_string(),
    };
    panic!("this test wants a small disk of its own, as root and with e2fsprogs: {program}: {said}");
}
